package io.vic4j.testkit;

import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.LogEntry;
import io.vic4j.core.vm.Signal;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collections;
import java.util.Iterator;
import java.util.Set;

/**
 * One process that follows a {@link Script}: prints, reads, waits, takes signals, ends. All calls
 * are made under the hypervisor's lock.
 */
final class ScriptRun {
  /** What a process has around it. */
  interface Surroundings {
    /** Runs a task later, under the lock; not at all if the power is gone by then. */
    void later(Duration delay, Runnable task);

    /** The kernel kills it for want of memory; its end comes next. */
    default void outOfMemory() {}

    void print(LogEntry.Output output, ByteBuffer content);

    /**
     * The process is over.
     *
     * @param began whether it had begun
     * @param message why it had not
     */
    void ended(ExitStatus exit, boolean began, String message);

    /** Something has happened that nobody outside has caused. */
    void progress();
  }

  // signal(7): those whose default is to be ignored (CHLD, CONT, URG, WINCH), and those that halt a
  // process (STOP, TSTP, TTIN, TTOU), which scripts do not know.
  private static final Set<Integer> NOT_DEADLY = Set.of(17, 18, 19, 20, 21, 22, 23, 28);

  private final Surroundings surroundings;
  private final Script script;
  private final ByteArrayOutputStream input = new ByteArrayOutputStream();
  private Iterator<Script.Step> steps = Collections.emptyIterator();
  private boolean inputEnded;
  private boolean copying;
  private boolean over;
  // Counts what the process has turned to: a pause that belongs to something left does not go on.
  private int turn;

  ScriptRun(Surroundings surroundings, Script script) {
    this.surroundings = surroundings;
    this.script = script;
  }

  void start() {
    follow(script);
  }

  private void follow(Script next) {
    turn++;
    copying = false;
    steps = next.steps().iterator();
    goOn(turn);
  }

  private void goOn(int thisTurn) {
    while (thisTurn == turn && !over) {
      if (!steps.hasNext()) {
        end(ExitStatus.exited(0));
        return;
      }
      Script.Step step = steps.next();
      if (step instanceof Script.Print print) {
        surroundings.print(print.output(), print.content().duplicate());
      } else if (step instanceof Script.Pause pause) {
        surroundings.later(
            pause.duration(),
            () -> {
              if (thisTurn == turn) {
                goOn(thisTurn);
                surroundings.progress();
              }
            });
        return;
      } else if (step instanceof Script.Forever) {
        return;
      } else if (step instanceof Script.CopyInput) {
        copying = true;
        copyInput();
        return;
      } else if (step instanceof Script.End end) {
        end(end.exit());
      } else if (step instanceof Script.OutOfMemory) {
        surroundings.outOfMemory();
        end(ExitStatus.signalled(Signal.KILL));
      } else if (step instanceof Script.FailToStart failure) {
        turn++;
        over = true;
        surroundings.ended(ExitStatus.exited(failure.code()), false, failure.message());
      }
    }
  }

  /** Something for its standard input; lost if that has ended, or it is over. */
  void input(byte[] content) {
    if (!over && !inputEnded) {
      input.writeBytes(content);
      copyInput();
    }
  }

  /** The end of its standard input. */
  void endInput() {
    inputEnded = true;
    copyInput();
  }

  private void copyInput() {
    if (!copying || over) {
      return;
    }
    if (input.size() > 0) {
      byte[] content = input.toByteArray();
      input.reset();
      surroundings.print(LogEntry.Output.STDOUT, ByteBuffer.wrap(content));
    }
    if (inputEnded) {
      copying = false;
      goOn(turn);
    }
  }

  void signal(Signal signal) {
    if (over) {
      return;
    }
    Script reaction = script.traps().get(signal);
    if (signal.equals(Signal.KILL) || reaction == null) {
      if (!NOT_DEADLY.contains(signal.number())) {
        end(ExitStatus.signalled(signal));
      }
    } else if (!reaction.isNothing()) {
      follow(reaction);
    }
  }

  private void end(ExitStatus status) {
    turn++;
    over = true;
    surroundings.ended(status, true, "");
  }
}

package io.vic4j.testkit;

import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.LogEntry;
import io.vic4j.core.vm.LogFormat;
import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.SessionStatus;
import io.vic4j.core.vm.Signal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Collections;
import java.util.Iterator;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One session of an in-memory guest: follows its script, and starts again if its policy says so.
 */
final class ScriptedProcess {
  // signal(7): those whose default is to be ignored (CHLD, CONT, URG, WINCH), and those that halt a
  // process (STOP, TSTP, TTIN, TTOU), which scripts do not know.
  private static final Set<Integer> NOT_DEADLY = Set.of(17, 18, 19, 20, 21, 22, 23, 28);

  private final GuestHost host;
  private final SessionSpec spec;
  private final Runnable progress;
  private @Nullable Script script;
  private Iterator<Script.Step> steps = Collections.emptyIterator();
  private @Nullable Instant started;
  private @Nullable Instant ended;
  private @Nullable ExitStatus exit;
  private String message = "";
  private int restarts;
  private boolean mayStart = true;
  private boolean restartDue;
  // Counts what the process has turned to: a pause that belongs to something left does not go on.
  private int turn;

  ScriptedProcess(GuestHost host, SessionSpec spec, Runnable progress) {
    this.host = host;
    this.spec = spec;
    this.progress = progress;
  }

  Signal stopSignal() {
    return spec.stopSignal();
  }

  boolean isRunning() {
    return started != null && exit == null;
  }

  /** Whether it has ended and does not start again. */
  boolean isOver() {
    return !isRunning() && !restartDue && (exit != null || !mayStart);
  }

  void startNoMore() {
    mayStart = false;
    restartDue = false;
  }

  SessionStatus status() {
    return new SessionStatus(
        spec.name(),
        Optional.ofNullable(started),
        Optional.ofNullable(ended),
        Optional.ofNullable(exit),
        restarts,
        message);
  }

  void start() {
    restartDue = false;
    started = null;
    ended = null;
    exit = null;
    message = diskProblem();
    if (!message.isEmpty()) {
      end(ExitStatus.unknown(message));
      return;
    }
    Script begun = host.script(spec.name());
    script = begun;
    started = host.now();
    follow(begun);
  }

  private String diskProblem() {
    for (UUID layer : spec.layers()) {
      String problem = host.diskProblem(layer);
      if (!problem.isEmpty()) {
        return problem;
      }
    }
    return spec.scratch().map(host::diskProblem).orElse("");
  }

  private void follow(Script next) {
    turn++;
    steps = next.steps().iterator();
    goOn(turn);
  }

  private void goOn(int thisTurn) {
    while (thisTurn == turn && isRunning()) {
      if (!steps.hasNext()) {
        end(ExitStatus.exited(0));
        return;
      }
      Script.Step step = steps.next();
      if (step instanceof Script.Print print) {
        print(print);
      } else if (step instanceof Script.Pause pause) {
        host.later(
            pause.duration(),
            () -> {
              if (thisTurn == turn) {
                goOn(thisTurn);
                progress.run();
              }
            });
        return;
      } else if (step instanceof Script.Forever) {
        return;
      } else if (step instanceof Script.End end) {
        end(end.exit());
      } else if (step instanceof Script.FailToStart failure) {
        started = null;
        message = failure.message();
        end(ExitStatus.exited(failure.code()));
      }
    }
  }

  private void print(Script.Print print) {
    ByteBuffer rest = print.content().duplicate();
    while (rest.hasRemaining()) {
      byte[] content = new byte[Math.min(rest.remaining(), LogFormat.MAX_CONTENT_BYTES)];
      rest.get(content);
      host.print(
          spec.name(),
          LogEntry.of(host.now(), spec.tty() ? LogEntry.Output.STDOUT : print.output(), content));
    }
  }

  void signal(Signal signal) {
    Script current = script;
    Script reaction = current == null ? null : current.traps().get(signal);
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
    exit = status;
    ended = host.now();
    if (mayStart && spec.restartPolicy().restarts(status)) {
      restartDue = true;
      host.later(
          RestartPolicy.delayAfter(restarts),
          () -> {
            if (restartDue) {
              restarts++;
              start();
              progress.run();
            }
          });
    }
  }
}

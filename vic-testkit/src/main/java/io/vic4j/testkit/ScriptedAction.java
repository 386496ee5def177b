package io.vic4j.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.GuestAction;
import io.vic4j.core.vm.LogEntry;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.Signal;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One time that an in-memory guest does something beside a process, for a probe or a hook: a
 * program follows its script, the network is what the test says. All calls are made under the
 * hypervisor's lock.
 */
final class ScriptedAction implements ScriptRun.Surroundings {
  private static final int OUTPUT_BYTES = 1024;

  private final GuestHost host;
  private final SessionSpec session;
  private final GuestAction action;
  private final @Nullable Duration timeout;
  private final Consumer<Optional<String>> done;
  private @Nullable ScriptRun run;
  private @Nullable ByteArrayOutputStream output;
  private boolean over;
  private boolean late;

  /**
   * Something to be done.
   *
   * @param session whose it is
   * @param timeout how long it may take; null for as long as it likes
   * @param done told once it is done, perhaps before {@link #start} returns, of what went wrong if
   *     it did not go well
   */
  ScriptedAction(
      GuestHost host,
      SessionSpec session,
      GuestAction action,
      @Nullable Duration timeout,
      Consumer<Optional<String>> done) {
    this.host = host;
    this.session = session;
    this.action = action;
    this.timeout = timeout;
    this.done = done;
  }

  /**
   * Does it.
   *
   * @param begun when the session's process began
   */
  void start(Instant begun) {
    if (action instanceof GuestAction.Exec exec) {
      ScriptRun program =
          new ScriptRun(
              this,
              host.exec(session.toBuilder().argv(exec.argv()).stdin(false).tty(false).build()));
      run = program;
      program.endInput();
      program.start();
    } else if (action instanceof GuestAction.Sleep sleep) {
      host.later(sleep.duration(), () -> end(Optional.empty()));
    } else {
      ProbeAnswer answer = host.answer(session, action, Duration.between(begun, host.now()));
      if (!(answer instanceof ProbeAnswer.Hangs)) {
        end(Complaints.of(action, answer, timeout));
      }
    }
    if (!over && timeout != null) {
      host.later(timeout, this::runOutOfTime);
    }
  }

  /** Nobody wants it any more: it ends, and nobody is told. */
  void cancel() {
    over = true;
    kill();
  }

  private void runOutOfTime() {
    if (!over) {
      late = true;
      if (run != null) {
        kill();
      } else {
        end(Complaints.of(action, ProbeAnswer.hangs(), timeout));
      }
    }
  }

  private void kill() {
    if (run != null) {
      run.signal(Signal.KILL);
    }
  }

  private void end(Optional<String> complaint) {
    if (!over) {
      over = true;
      done.accept(complaint);
    }
  }

  @Override
  public void later(Duration delay, Runnable task) {
    host.later(delay, task);
  }

  @Override
  public void print(LogEntry.Output unused, ByteBuffer content) {
    ByteArrayOutputStream kept = output;
    if (kept == null) {
      kept = new ByteArrayOutputStream();
      output = kept;
    }
    byte[] piece = new byte[Math.min(content.remaining(), OUTPUT_BYTES - kept.size())];
    content.get(piece);
    kept.writeBytes(piece);
  }

  @Override
  public void ended(ExitStatus exit, boolean began, String message) {
    if (exit.isSuccess()) {
      end(Optional.empty());
    } else if (late) {
      end(Complaints.of(action, ProbeAnswer.hangs(), timeout));
    } else {
      String said = output == null ? message : output.toString(UTF_8);
      end(Optional.of(timeout == null ? Complaints.ofHook(action, exit, said) : said));
    }
  }

  @Override
  public void progress() {} // Who did this hears of its end.
}

package io.vic4j.testkit;

import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.LogEntry;
import io.vic4j.core.vm.LogFormat;
import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.SessionStatus;
import io.vic4j.core.vm.Signal;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One session of an in-memory guest: follows its script, and starts again if its policy says so.
 */
final class ScriptedProcess implements ScriptRun.Surroundings {
  private final GuestHost host;
  private final SessionSpec spec;
  private final Runnable progress;
  private @Nullable ScriptRun run;
  private @Nullable ScriptedHealth health;
  private @Nullable Instant started;
  private @Nullable Instant ended;
  private @Nullable ExitStatus exit;
  private String message = "";
  private int restarts;
  private boolean mayStart = true;
  private boolean restartDue;

  ScriptedProcess(GuestHost host, SessionSpec spec, Runnable progress) {
    this.host = host;
    this.spec = spec;
    this.progress = progress;
  }

  SessionSpec spec() {
    return spec;
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
        message,
        Optional.ofNullable(health).map(ScriptedHealth::health),
        false,
        isRunning(),
        isRunning(),
        "",
        Optional.empty());
  }

  void start() {
    restartDue = false;
    started = null;
    ended = null;
    exit = null;
    health = null;
    message = diskProblem();
    if (!message.isEmpty()) {
      end(ExitStatus.unknown(message));
      return;
    }
    ScriptRun begun = new ScriptRun(this, host.script(spec.name()));
    run = begun;
    if (!spec.stdin()) {
      begun.endInput();
    }
    started = host.now();
    health =
        spec.healthCheck()
            .map(check -> new ScriptedHealth(host, spec, check, progress))
            .orElse(null);
    begun.start();
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

  @Override
  public void later(Duration delay, Runnable task) {
    host.later(delay, task);
  }

  @Override
  public void progress() {
    progress.run();
  }

  @Override
  public void print(LogEntry.Output output, ByteBuffer content) {
    while (content.hasRemaining()) {
      byte[] piece = new byte[Math.min(content.remaining(), LogFormat.MAX_CONTENT_BYTES)];
      content.get(piece);
      host.print(
          spec.name(),
          LogEntry.of(host.now(), spec.tty() ? LogEntry.Output.STDOUT : output, piece));
    }
  }

  @Override
  public void ended(ExitStatus status, boolean began, String why) {
    if (!began) {
      started = null;
      message = why;
    }
    ScriptedHealth checks = health;
    if (checks != null) {
      checks.end();
      if (!began) {
        health = null;
      }
    }
    end(status);
  }

  void signal(Signal signal) {
    if (isRunning()) {
      Objects.requireNonNull(run).signal(signal);
    }
  }

  /** Something for its standard input. */
  void input(byte[] content) {
    ScriptRun current = run;
    if (current != null) {
      current.input(content);
    }
  }

  /** The end of its standard input. */
  void endInput() {
    ScriptRun current = run;
    if (current != null) {
      current.endInput();
    }
  }

  private void end(ExitStatus status) {
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

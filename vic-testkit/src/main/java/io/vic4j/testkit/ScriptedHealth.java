package io.vic4j.testkit;

import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.Health;
import io.vic4j.core.vm.HealthCheck;
import io.vic4j.core.vm.LogEntry;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.Signal;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The checks of one process of an in-memory guest, from its begin to its end. Each follows the
 * script of its program, at the guest's time, and counts as Docker has it. All calls are made under
 * the hypervisor's lock.
 */
final class ScriptedHealth {
  private final GuestHost host;
  private final SessionSpec spec;
  private final HealthCheck check;
  private final Runnable progress;
  private final Instant begun;
  private Health health = Health.STARTING;
  private int failures;
  private boolean wasHealthy;
  private boolean over;
  private @Nullable Probe current;

  /**
   * The checks of a process that begins now.
   *
   * @param progress called when the health is another one
   */
  ScriptedHealth(GuestHost host, SessionSpec spec, HealthCheck check, Runnable progress) {
    this.host = host;
    this.spec = spec.toBuilder().argv(check.argv()).stdin(false).tty(false).build();
    this.check = check;
    this.progress = progress;
    this.begun = host.now();
    host.later(check.interval(), this::probe);
  }

  Health health() {
    return health;
  }

  /** The process is over: there are no more checks, and the one that runs does not count. */
  void end() {
    over = true;
    Probe running = current;
    if (running != null) {
      running.kill();
    }
  }

  private void probe() {
    if (!over) {
      Probe next = new Probe(host.exec(spec));
      current = next;
      host.later(check.timeout(), next::kill);
      next.start();
    }
  }

  private void done(boolean success) {
    current = null;
    if (over) {
      return;
    }
    Health before = health;
    if (success) {
      failures = 0;
      wasHealthy = true;
      health = Health.HEALTHY;
    } else if (wasHealthy || !inStartPeriod()) {
      failures++;
      if (failures >= check.retries()) {
        health = Health.UNHEALTHY;
      }
    }
    host.later(check.interval(), this::probe);
    if (health != before) {
      progress.run();
    }
  }

  private boolean inStartPeriod() {
    return Duration.between(begun, host.now()).compareTo(check.startPeriod()) < 0;
  }

  /** One run of the check; nobody reads what it prints. */
  private final class Probe implements ScriptRun.Surroundings {
    private final ScriptRun run;

    Probe(Script script) {
      this.run = new ScriptRun(this, script);
    }

    void start() {
      run.endInput();
      run.start();
    }

    /** Nothing happens if it has ended. */
    void kill() {
      run.signal(Signal.KILL);
    }

    @Override
    public void later(Duration delay, Runnable task) {
      host.later(delay, task);
    }

    @Override
    public void print(LogEntry.Output output, ByteBuffer content) {}

    @Override
    public void ended(ExitStatus exit, boolean began, String message) {
      done(exit.isSuccess());
    }

    @Override
    public void progress() {}
  }
}

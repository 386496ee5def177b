package io.vic4j.testkit;

import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.core.vm.SessionRole;
import io.vic4j.core.vm.SessionRun;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.SessionStatus;
import io.vic4j.core.vm.Signal;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One session of an in-memory guest: its process, which begins again if its role and its policy say
 * so.
 */
final class ScriptedProcess implements ProcessLife.Session {
  private final GuestHost host;
  private SessionSpec spec;
  private final Runnable progress;
  private @Nullable ProcessLife life;
  private @Nullable SessionRun previous;
  private String trouble = "";
  private int restarts;
  private int restartsInARow; // Since it last ran long.
  private boolean mayStart = true;
  private boolean restartDue;
  private Duration restartDelay = Duration.ZERO;
  private int waits; // How often it has waited for a restart.
  private boolean revised; // What runs is not what it is to be, and ends.

  ScriptedProcess(GuestHost host, SessionSpec spec, Runnable progress) {
    this.host = host;
    this.spec = spec;
    this.progress = progress;
  }

  SessionSpec spec() {
    return spec;
  }

  /**
   * Makes it another one: its process is ended and begun again, unless it is over for good.
   *
   * @return whether it was another one
   */
  boolean revise(SessionSpec next) {
    if (next.equals(spec)) {
      return false;
    }
    boolean over = isOver();
    spec = next;
    ProcessLife its = life;
    if (its == null || over || !mayStart) {
      return true;
    }
    restartsInARow = 0;
    if (restartDue) {
      startAgain();
    } else {
      revised = true;
      its.end(next.lifecycle().grace());
    }
    return true;
  }

  SessionRole role() {
    return spec.lifecycle().role();
  }

  boolean hasBegun() {
    return life != null;
  }

  boolean isRunning() {
    ProcessLife its = life;
    return its != null && its.isRunning();
  }

  /** Whether the process that began last is up, or was until it ended. */
  boolean wasUp() {
    ProcessLife its = life;
    return its != null && its.wasUp();
  }

  /** Whether it has ended well, the last time. */
  boolean hasSucceeded() {
    ProcessLife its = life;
    return its != null && its.exit().filter(ExitStatus::isSuccess).isPresent();
  }

  /** Whether it has ended and does not start again. */
  boolean isOver() {
    ProcessLife its = life;
    return !isRunning() && !restartDue && ((its != null && its.exit().isPresent()) || !mayStart);
  }

  void startNoMore() {
    mayStart = false;
    restartDue = false;
  }

  SessionStatus status() {
    ProcessLife its = life;
    if (its == null) {
      return SessionStatus.waiting(spec.name());
    }
    return new SessionStatus(
        spec.name(),
        its.started(),
        its.ended(),
        its.exit(),
        restarts,
        its.message(),
        its.health(),
        its.isOutOfMemory(),
        its.isUp(),
        its.isReady(),
        trouble,
        restartDue ? Optional.of(restartDelay) : Optional.empty(),
        Optional.ofNullable(previous));
  }

  void start() {
    restartDue = false;
    ProcessLife last = life;
    Instant earliest = Instant.MIN;
    if (last != null) {
      previous = last.record();
      earliest = last.ended().orElseThrow().plusNanos(1); // So that their logs can be told apart.
    }
    ProcessLife fresh = new ProcessLife(host, spec, this, earliest);
    life = fresh;
    fresh.begin();
  }

  /**
   * Ends its process well, if it runs.
   *
   * @param grace how long it has; null for as long as it likes
   */
  void end(@Nullable Duration grace) {
    ProcessLife its = life;
    if (its != null) {
      its.end(grace);
    }
  }

  void signal(Signal signal) {
    ProcessLife its = life;
    if (its != null) {
      its.signal(signal);
    }
  }

  /** Something for its standard input. */
  void input(byte[] content) {
    ProcessLife its = life;
    if (its != null) {
      its.input(content);
    }
  }

  /** The end of its standard input. */
  void endInput() {
    ProcessLife its = life;
    if (its != null) {
      its.endInput();
    }
  }

  @Override
  public void complained(String what) {
    trouble = what;
  }

  @Override
  public void progress() {
    progress.run();
  }

  @Override
  public void ended(ProcessLife its, ExitStatus exit) {
    boolean anew = revised;
    revised = false;
    if (!mayStart || !(anew || restartsAfter(exit, its.wasCondemned()))) {
      return;
    }
    restartDue = true;
    if (anew) {
      startAgain();
      return;
    }
    Duration ran =
        its.started().map(begun -> Duration.between(begun, host.now())).orElse(Duration.ZERO);
    if (ran.compareTo(RestartPolicy.RESET_AFTER) > 0) {
      restartsInARow = 0;
    }
    restartDelay = RestartPolicy.delayAfter(restartsInARow++);
    if (restartDelay.isZero()) {
      startAgain();
    } else {
      int wait = ++waits;
      host.later(restartDelay, () -> restart(wait));
    }
  }

  private boolean restartsAfter(ExitStatus exit, boolean condemned) {
    RestartPolicy policy = spec.restartPolicy();
    return switch (role()) {
      case MAIN -> policy.restarts(exit) || (condemned && policy != RestartPolicy.NEVER);
      case INIT -> policy != RestartPolicy.NEVER && !exit.isSuccess();
      case SIDECAR -> true;
    };
  }

  private void restart(int wait) {
    if (restartDue && wait == waits) {
      startAgain();
      progress.run();
    }
  }

  private void startAgain() {
    waits++;
    restarts++;
    start();
  }
}

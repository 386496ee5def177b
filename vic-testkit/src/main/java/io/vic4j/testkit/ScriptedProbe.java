package io.vic4j.testkit;

import io.vic4j.core.vm.Probe;
import io.vic4j.core.vm.SessionSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One kind of probe of one process of an in-memory guest: does it again and again, and counts as a
 * kubelet does. All calls are made under the hypervisor's lock.
 */
final class ScriptedProbe {
  /** Who wants to know. */
  interface Listener {
    /**
     * It was done.
     *
     * @param complaint what was wrong; empty if it went well
     * @param counts whether it has gone so, at least as often in a row as it takes to count
     */
    void done(Optional<String> complaint, boolean counts);
  }

  private final GuestHost host;
  private final SessionSpec session;
  private final Probe probe;
  private final Instant begun;
  private final Listener listener;
  private @Nullable ScriptedAction current;
  private boolean wentWell;
  private int inARow;
  private boolean over;

  /**
   * A probe of a process.
   *
   * @param begun when the process began
   */
  ScriptedProbe(
      GuestHost host, SessionSpec session, Probe probe, Instant begun, Listener listener) {
    this.host = host;
    this.session = session;
    this.probe = probe;
    this.begun = begun;
    this.listener = listener;
  }

  Probe probe() {
    return probe;
  }

  /** From now on it is done, but not before its initial delay is over. */
  void start() {
    host.later(until(begun.plus(probe.initialDelay())), this::look);
  }

  /** It is done no more, and one that is being done does not count. */
  void end() {
    over = true;
    ScriptedAction running = current;
    if (running != null) {
      running.cancel();
    }
  }

  private Duration until(Instant time) {
    Duration left = Duration.between(host.now(), time);
    return left.isNegative() ? Duration.ZERO : left;
  }

  private void look() {
    if (over) {
      return;
    }
    Instant next = host.now().plus(probe.period());
    ScriptedAction action =
        new ScriptedAction(
            host, session, probe.action(), probe.timeout(), complaint -> done(complaint, next));
    current = action;
    action.start(begun);
  }

  private void done(Optional<String> complaint, Instant next) {
    current = null;
    boolean well = complaint.isEmpty();
    inARow = well == wentWell ? inARow + 1 : 1;
    wentWell = well;
    int wanted = well ? probe.successThreshold() : probe.failureThreshold();
    listener.done(complaint, inARow >= wanted);
    if (!over) {
      host.later(until(next), this::look);
    }
  }
}

package io.vic4j.testkit;

import io.vic4j.core.vm.SessionRole;
import io.vic4j.core.vm.Signal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which sessions of an in-memory guest begin when, and which end: those that prepare and help one
 * after the other, then all that do the work; and the helpers last, in reverse. All calls are made
 * under the hypervisor's lock.
 */
final class SessionOrder {
  private final Collection<ScriptedProcess> all;
  private final List<ScriptedProcess> first = new ArrayList<>(0); // In the order of their begin.
  private int passed; // How many of the first are done or up.
  private boolean allBegun;
  private boolean ending; // No session begins any more.
  private @Nullable ScriptedProcess ended; // The helper that was told last to end.
  private boolean hostCounts; // Whoever has told the guest to stop sees to the grace.

  /**
   * The order of a guest.
   *
   * @param all its sessions in the order of its configuration, none of which has begun
   */
  SessionOrder(Collection<ScriptedProcess> all) {
    this.all = all;
    for (ScriptedProcess process : all) {
      if (process.role() != SessionRole.MAIN) {
        first.add(process);
      }
    }
  }

  /** Begins and ends what is due now. */
  void goOn() {
    if (!ending && !allBegun) {
      begin();
    }
    if ((ending || allBegun) && isWorkOver()) {
      endHelpers();
    }
  }

  /** Whether all sessions are over for good. */
  boolean isDone() {
    for (ScriptedProcess process : all) {
      if (!process.isOver()) {
        return false;
      }
    }
    return true;
  }

  private void begin() {
    while (passed < first.size()) {
      ScriptedProcess next = first.get(passed);
      if (!next.hasBegun()) {
        next.start();
      }
      boolean passes = next.role() == SessionRole.INIT ? next.hasSucceeded() : next.wasUp();
      if (passes) {
        passed++;
      } else {
        if (next.isOver()) {
          beginNoMore(); // What it was to prepare cannot be.
        }
        return;
      }
    }
    allBegun = true;
    for (ScriptedProcess process : all) {
      if (process.role() == SessionRole.MAIN) {
        process.start();
      }
    }
  }

  private void beginNoMore() {
    ending = true;
    all.forEach(ScriptedProcess::startNoMore);
  }

  private boolean isWorkOver() {
    for (ScriptedProcess process : all) {
      if (process.role() != SessionRole.SIDECAR && !process.isOver()) {
        return false;
      }
    }
    return true;
  }

  private void endHelpers() {
    first.forEach(ScriptedProcess::startNoMore);
    for (int i = first.size() - 1; i >= 0; i--) {
      ScriptedProcess process = first.get(i);
      if (process.isRunning() && process != ended) {
        ended = process;
        process.end(grace(process));
      }
      if (process.isRunning()) {
        return; // The one that began before it waits for its end.
      }
    }
  }

  private @Nullable Duration grace(ScriptedProcess process) {
    return hostCounts ? null : process.spec().lifecycle().grace();
  }

  /**
   * Begins to end all sessions well; {@link #goOn} does the rest.
   *
   * @param hostCounts whether somebody else kills what takes too long
   */
  void end(boolean hostCounts) {
    this.hostCounts = hostCounts;
    beginNoMore();
    for (ScriptedProcess process : all) {
      if (process.role() != SessionRole.SIDECAR) {
        process.end(grace(process));
      }
    }
  }

  /** Ends all sessions at once. */
  void kill() {
    beginNoMore();
    all.forEach(process -> process.signal(Signal.KILL));
  }
}

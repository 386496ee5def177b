package io.vic4j.testkit;

import io.vic4j.core.vm.GuestAction;
import io.vic4j.core.vm.LogEntry;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.storage.overlay.OverlayFiles;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/** What an in-memory guest has of its machine. All calls are made under the hypervisor's lock. */
interface GuestHost {
  /** The variables that the guest sees. */
  Map<String, String> variables();

  void setVariables(Map<String, String> changes);

  void print(String session, LogEntry entry);

  void powerOff();

  Instant now();

  /** Runs a task later, under the hypervisor's lock; not at all if the power is gone by then. */
  void later(Duration delay, Runnable task);

  /** Why the guest cannot use one of its disks; the empty text if it can. */
  String diskProblem(UUID fileSystem);

  /** The script of a session's process, which is as described. */
  Script script(SessionSpec session);

  /** The script of a process that is run beside a session, which is as described. */
  Script exec(SessionSpec process);

  /**
   * What a session's probe or hook finds that asks over the network.
   *
   * @param sinceBegun how long the session's process runs
   */
  ProbeAnswer answer(SessionSpec session, GuestAction action, Duration sinceBegun);

  /** What a session's disks hold; the caller closes it. */
  OverlayFiles files(String session);

  /** How much memory the machine has. */
  long memoryBytes();
}

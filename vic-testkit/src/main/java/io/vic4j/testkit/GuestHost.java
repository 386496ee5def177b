package io.vic4j.testkit;

import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.GuestAction;
import io.vic4j.core.vm.LogEntry;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.storage.overlay.OverlayFiles;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** What an in-memory guest has of its machine. All calls are made under the hypervisor's lock. */
interface GuestHost {
  /** What the machine is to be. */
  ContainerVmSpec spec();

  /** What says what its processes do. */
  ScriptSource scripts();

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
  default Script script(SessionSpec session) {
    return scripts().script(spec(), session);
  }

  /** The script of a process that is run beside a session, which is as described. */
  default Script exec(SessionSpec process) {
    return scripts().exec(spec(), process);
  }

  /**
   * What a session's probe or hook finds that asks over the network.
   *
   * @param sinceBegun how long the session's process runs
   */
  default ProbeAnswer answer(SessionSpec session, GuestAction action, Duration sinceBegun) {
    return scripts().answer(spec(), session, action, sinceBegun);
  }

  /** What a session's disks hold; the caller closes it. */
  OverlayFiles files(String session);

  /** How much memory the machine has. */
  long memoryBytes();

  /** Those of a VM's variables that its guest sees. */
  static Map<String, String> visible(Map<String, String> variables) {
    Map<String, String> visible = new TreeMap<>(variables);
    visible.keySet().removeIf(key -> !key.startsWith("guestinfo."));
    return visible;
  }
}

package io.vic4j.testkit;

import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.GuestAction;
import io.vic4j.core.vm.SessionSpec;
import java.time.Duration;

/** Says which script a process of an in-memory VM follows. Thread-safe. */
@FunctionalInterface
public interface ScriptSource {
  /** The script of this session's process; asked for each time it starts. */
  Script script(ContainerVmSpec vm, SessionSpec session);

  /**
   * The script of a process that is run beside a session. It exits with 0 unless told otherwise.
   *
   * @param process the session, but with the program, variables and user of that process
   */
  default Script exec(ContainerVmSpec vm, SessionSpec process) {
    return Script.exits(0);
  }

  /**
   * What a session's probe or hook finds that asks over the network. It goes well unless told
   * otherwise.
   *
   * @param sinceBegun how long the session's process runs
   */
  default ProbeAnswer answer(
      ContainerVmSpec vm, SessionSpec session, GuestAction action, Duration sinceBegun) {
    return ProbeAnswer.ok();
  }
}

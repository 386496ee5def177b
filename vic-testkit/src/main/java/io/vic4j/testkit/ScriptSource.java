package io.vic4j.testkit;

import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.SessionSpec;

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
}

package io.vic4j.testkit;

import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.SessionSpec;

/** Says which script a process of an in-memory VM follows. Thread-safe. */
@FunctionalInterface
public interface ScriptSource {
  /** The script of this session's process; asked for each time it starts. */
  Script script(ContainerVmSpec vm, SessionSpec session);
}

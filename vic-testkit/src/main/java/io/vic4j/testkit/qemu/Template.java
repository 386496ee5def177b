package io.vic4j.testkit.qemu;

import io.vic4j.core.vm.MemorySize;
import java.nio.file.Path;

/**
 * A machine that was saved when its kernel had booted and its tether waited to be told whose it is.
 * VMs of the same kind go on from there.
 *
 * @param folder where it is kept
 */
record Template(Path folder) {
  /** Of the kernel: tells the tether that its machine is to become a template. */
  static final String PARAMETER = "vic4j.template";

  /** What a tether says on the host's port when it waits, and when it goes on. */
  static final String WAITING = "waiting";

  static final String AWAKE = "awake";

  /** The last line that a tether is told there before it goes on. */
  static final String WAKE = "vic4j.wake";

  /** What VMs must have in common with their template. */
  record Kind(int cpus, MemorySize memory) {}

  /** The machine's memory. A VM sees it as its own, and what it writes there stays its own. */
  Path memory() {
    return folder.resolve("memory");
  }

  /** How its processors and devices were: QEMU's migration stream, without the memory. */
  Path state() {
    return folder.resolve("state");
  }

  /** What its kernel and its tether said. */
  Path console() {
    return folder.resolve("console");
  }

  /** The number of the process that makes it, while it does. */
  Path maker() {
    return folder.resolve("maker");
  }
}

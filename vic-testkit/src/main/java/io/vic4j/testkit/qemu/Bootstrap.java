package io.vic4j.testkit.qemu;

import java.nio.file.Path;

/** What VMs boot from, where their definition names no ISO. */
public sealed interface Bootstrap {
  /** A CD that is booted by the firmware, as on vSphere. */
  record Iso(Path iso) implements Bootstrap {}

  /** A kernel and its initramfs, which QEMU loads itself: a second faster. */
  record Kernel(Path kernel, Path initramfs) implements Bootstrap {}
}

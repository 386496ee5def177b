package io.vic4j.testkit.qemu;

import java.nio.file.Path;

/**
 * The files of one VM.
 *
 * @param path the folder that they are in
 */
record VmFolder(Path path) {
  /** What is kept of the VM. */
  Path state() {
    return path.resolve("vm.json");
  }

  /** Where its process is, while it has one. */
  Path running() {
    return path.resolve("running.json");
  }

  /** The variables that its guest sees at its boot. */
  Path variables() {
    return path.resolve("variables.json");
  }

  /** The folder of nothing but what the guest writes, for it is watched. */
  Path guestFolder() {
    return path.resolve("guest");
  }

  /** What the guest writes: a line of JSON for each value. */
  Path guest() {
    return guestFolder().resolve("values");
  }

  Path console() {
    return path.resolve("console.log");
  }

  /** What the guest writes to its numberth log. */
  Path log(int number) {
    return path.resolve("log-" + number);
  }
}

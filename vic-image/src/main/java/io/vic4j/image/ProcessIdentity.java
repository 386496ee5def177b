package io.vic4j.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A process, such that others on its machine can tell that it is no more.
 *
 * @param machine the running machine and its space of process numbers; where that is not to be had,
 *     something that equals nothing else
 * @param pid its number there
 * @param started when it started, so that it is not mistaken for one that got its number
 */
record ProcessIdentity(String machine, long pid, String started) {
  /** This process. */
  static ProcessIdentity current() {
    ProcessHandle self = ProcessHandle.current();
    return new ProcessIdentity(machineOfThis(), self.pid(), started(self));
  }

  /** Linux, proc(5) and pid_namespaces(7): containers of one machine count processes apart. */
  private static String machineOfThis() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip()
          + " "
          + Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
    } catch (IOException | UnsupportedOperationException | SecurityException e) {
      return UUID.randomUUID().toString();
    }
  }

  private static String started(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toString).orElse("");
  }

  /** Whether {@code other}, which is alive, runs where this one ran, and sees it no more. */
  boolean isGoneFrom(ProcessIdentity other) {
    if (!machine.equals(other.machine)) {
      return false;
    }
    Optional<ProcessHandle> found = ProcessHandle.of(pid);
    return found.isEmpty() || !found.get().isAlive() || !started(found.get()).equals(started);
  }
}

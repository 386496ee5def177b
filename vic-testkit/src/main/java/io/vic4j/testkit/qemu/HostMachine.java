package io.vic4j.testkit.qemu;

import io.vic4j.core.vm.HypervisorCapacity;
import io.vic4j.core.vm.HypervisorCapacity.Amount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the machine has that VMs run on, as Linux tells (proc(5)). */
final class HostMachine {
  private static final Pattern MHZ = Pattern.compile("(?m)^cpu MHz\\s*:\\s*(\\d+)");
  private static final Pattern MEMORY = Pattern.compile("(?m)^MemTotal:\\s*(\\d+) kB");

  /** Where the kernel does not tell, as on some virtual machines. */
  private static final long LIKELY_MHZ = 2_000;

  private HostMachine() {}

  /** When VMs with so many processors and so much memory are on. */
  static HypervisorCapacity usedBy(long cpus, long memoryBytes) {
    long core = number(Path.of("/proc/cpuinfo"), MHZ, LIKELY_MHZ);
    long memory =
        number(Path.of("/proc/meminfo"), MEMORY, Runtime.getRuntime().maxMemory() >> 10) << 10;
    return new HypervisorCapacity(
        Amount.of(Runtime.getRuntime().availableProcessors() * core, cpus * core),
        Amount.of(memory, memoryBytes),
        OptionalLong.of(core),
        OptionalLong.empty());
  }

  private static long number(Path file, Pattern pattern, long otherwise) {
    try {
      Matcher found = pattern.matcher(Files.readString(file));
      return found.find() ? Math.max(1, Long.parseLong(found.group(1))) : otherwise;
    } catch (IOException e) {
      return otherwise;
    }
  }
}

package io.vic4j.testkit.qemu;

import io.vic4j.core.vm.VmDefinition;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How a machine goes on from its template.
 *
 * @param variables those of its guest
 * @param furtherDevices whether it has others than disks there that its guest does not know
 * @param rehearses whether it waits once more when its sessions are over, instead of going off
 */
record Awakening(Map<String, String> variables, boolean furtherDevices, boolean rehearses) {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int SEED_BYTES = 32;

  /** That of a VM out of its template, or of a rehearsal. */
  static Awakening fromTemplate(VmDefinition vm, int controllers, boolean rehearses) {
    boolean further = controllers > 1 || !vm.networks().isEmpty();
    return new Awakening(vm.variables(), further, rehearses);
  }

  /** That of a VM out of a machine that stands by. */
  static Awakening fromStandby(VmDefinition vm) {
    return new Awakening(vm.variables(), false, false);
  }

  /** What its guest is told at last: the time, random numbers of its own, and what to do. */
  String order() {
    Instant now = Instant.now();
    byte[] seed = new byte[SEED_BYTES];
    RANDOM.nextBytes(seed);
    long nanos = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    return nanos
        + " "
        + HexFormat.of().formatHex(seed)
        + (furtherDevices ? " devices" : "")
        + (rehearses ? " rehearsal" : "");
  }
}

package io.vic4j.testkit.qemu;

import io.vic4j.core.vm.VmDefinition;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How a VM goes on from its template.
 *
 * @param template from where
 * @param variables those of its guest
 * @param furtherDevices whether it has others than disks there that the template does not have
 */
record Awakening(Template template, Map<String, String> variables, boolean furtherDevices) {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int SEED_BYTES = 32;

  /** That of a VM. */
  static Awakening of(Template template, VmDefinition vm) {
    int disks = vm.disks().size();
    return new Awakening(
        template, vm.variables(), DiskSlot.controllers(disks) > 1 || !vm.networks().isEmpty());
  }

  /** What its guest is told at last: the time, random numbers of its own, and whether to look. */
  String order() {
    Instant now = Instant.now();
    byte[] seed = new byte[SEED_BYTES];
    RANDOM.nextBytes(seed);
    long nanos = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    String order = nanos + " " + HexFormat.of().formatHex(seed);
    return furtherDevices ? order + " devices" : order;
  }
}

package io.vic4j.pod;

import io.vic4j.core.Digest;
import java.nio.charset.StandardCharsets;

/**
 * The names of pods' VMs. A namespace and a pod's name have no {@code _}, so {@code
 * pod_<namespace>_<name>} stands for one key only. Where that is longer than the 80 characters that
 * a VM's name may have, its end gives way to {@code __} and a digest of the whole.
 */
final class VmNames {
  static final String POD_PREFIX = "pod_";

  private static final int MAX = 80;
  private static final int DIGEST_DIGITS = 32;
  private static final String CUT = "__";

  private VmNames() {}

  static String of(PodKey key) {
    String whole = POD_PREFIX + key.namespace() + "_" + key.name();
    if (whole.length() <= MAX) {
      return whole;
    }
    String digest = Digest.sha256(whole.getBytes(StandardCharsets.UTF_8)).hex();
    return whole.substring(0, MAX - CUT.length() - DIGEST_DIGITS)
        + CUT
        + digest.substring(0, DIGEST_DIGITS);
  }
}

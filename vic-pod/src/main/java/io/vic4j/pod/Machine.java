package io.vic4j.pod;

import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.RestartPolicy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A VM to be made of images: what containers and pods have in common.
 *
 * @param kind what it is to people: a container or a pod
 * @param title which one, for messages
 * @param vmName what its VM is called
 * @param containers what runs in it, by the names of their sessions, in order
 * @param restartPolicy that of containers that have none
 * @param cpus how many processors it has
 * @param memory how much memory it has
 * @param hostname what it calls itself
 * @param labels what is noted on it
 * @param pod the pod that it is, if it is one
 */
record Machine(
    String kind,
    String title,
    String vmName,
    Map<String, ContainerSpec> containers,
    RestartPolicy restartPolicy,
    int cpus,
    MemorySize memory,
    Optional<String> hostname,
    SortedMap<String, String> labels,
    Optional<PodSpec> pod) {
  /** The name of the one session of a container. */
  static final String MAIN = "main";

  // RFC 1123, section 2.1, for one label.
  private static final int MAX_HOSTNAME = 63;
  static final int DEFAULT_CPUS = 1;
  static final MemorySize DEFAULT_MEMORY = MemorySize.ofMebibytes(512);

  static Machine of(ContainerSpec spec, String name) {
    return new Machine(
        "container",
        name,
        name,
        Map.of(MAIN, spec),
        RestartPolicy.NEVER,
        spec.cpus().orElse(DEFAULT_CPUS),
        rounded(spec.memory().orElse(DEFAULT_MEMORY)),
        spec.hostname(),
        spec.labels(),
        Optional.empty());
  }

  /** A pod's VM; a size that is not given is what its containers want. */
  static Machine of(PodSpec spec, SortedMap<String, String> labels) {
    Map<String, ContainerSpec> containers = new LinkedHashMap<>();
    spec.containers().forEach(it -> containers.put(it.name().orElseThrow(), it));
    spec.initContainers().forEach(it -> containers.put(it.name().orElseThrow(), it));
    return new Machine(
        "pod",
        spec.key().toString(),
        VmNames.of(spec.key()),
        containers,
        spec.restartPolicy(),
        spec.cpus().orElseGet(() -> PodSize.cpus(spec)),
        rounded(spec.memory().orElseGet(() -> PodSize.memory(spec))),
        Optional.of(spec.hostname().orElseGet(() -> hostname(spec.key().name()))),
        new TreeMap<>(labels),
        Optional.of(spec));
  }

  private static MemorySize rounded(MemorySize size) {
    return size.roundedUpTo(ContainerVmSpec.MEMORY_UNIT);
  }

  /** A pod's name as a host's: no dots, and no more than a label has. */
  private static String hostname(String podName) {
    String flat = podName.replace('.', '-');
    int end = Math.min(flat.length(), MAX_HOSTNAME);
    while (end > 0 && flat.charAt(end - 1) == '-') {
      end--;
    }
    return flat.substring(0, end);
  }
}

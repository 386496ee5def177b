package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.Pod;
import io.vic4j.core.VicException;
import io.vic4j.pod.kubernetes.FieldProblem;
import io.vic4j.pod.kubernetes.PodRefusedException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What keeps a pod's volumes from having their files, in a kubelet's words.
 *
 * <p>Source: Kubernetes, {@code pkg/volume/util/operationexecutor}.
 */
final class MountFailure {
  static final String REASON = "FailedMount";

  private static final Pattern VOLUME = Pattern.compile("spec\\.volumes\\[(\\d+)]\\..*");

  private MountFailure() {}

  /** What is said of a volume. */
  static String message(String volume, VicException why) {
    return why instanceof PodRefusedException refused
        ? message(volume, refused.problems().stream().map(FieldProblem::problem).toList())
        : message(volume, List.of(why.getMessage()));
  }

  private static String message(String volume, List<String> problems) {
    return "MountVolume.SetUp failed for volume \""
        + volume
        + "\" : "
        + (problems.size() == 1 ? problems.get(0) : problems);
  }

  /**
   * What is said of each volume of a pod that cannot be made, because something is missing that may
   * come; none if that is not why. A kubelet mounts before it looks at containers: what else is
   * missing is not told yet.
   */
  static List<String> of(Pod asked, VicException why) {
    if (!(why instanceof PodRefusedException refused) || !refused.mayPass()) {
      return List.of();
    }
    Map<String, String> messages = new LinkedHashMap<>();
    for (FieldProblem problem : refused.problems()) {
      Matcher path = VOLUME.matcher(problem.path());
      if (path.matches()) {
        int index = Integer.parseInt(path.group(1));
        String volume = asked.getSpec().getVolumes().get(index).getName();
        messages.putIfAbsent(volume, message(volume, List.of(problem.problem())));
      }
    }
    return List.copyOf(messages.values());
  }
}

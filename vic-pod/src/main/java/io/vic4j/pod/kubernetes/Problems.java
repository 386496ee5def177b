package io.vic4j.pod.kubernetes;

import io.vic4j.pod.kubernetes.FieldProblem.Kind;
import java.util.ArrayList;
import java.util.List;

/** Collects all that is wrong with a pod. */
final class Problems {
  private final List<FieldProblem> found = new ArrayList<>();

  void invalid(String path, String problem) {
    found.add(new FieldProblem(path, problem, Kind.INVALID));
  }

  void unsupported(String path, String problem) {
    found.add(new FieldProblem(path, problem, Kind.UNSUPPORTED));
  }

  void missing(String path, String problem) {
    found.add(new FieldProblem(path, problem, Kind.MISSING));
  }

  int count() {
    return found.size();
  }

  boolean isEmpty() {
    return found.isEmpty();
  }

  /**
   * Says what was found, if anything was.
   *
   * @param pod which pod
   */
  void throwIfAny(String pod) {
    if (!found.isEmpty()) {
      throw new PodRefusedException(pod, found.stream().distinct().toList());
    }
  }
}

package io.vic4j.pod.kubernetes;

/**
 * What is wrong with one field of a pod.
 *
 * @param path the field, as Kubernetes writes it: {@code spec.volumes[2].hostPath}
 * @param problem what is wrong with it, for people; never what is in a secret
 * @param kind whether it can ever go well
 */
public record FieldProblem(String path, String problem, Kind kind) {
  /** Why a field stands in the way. */
  public enum Kind {
    /** No Kubernetes takes it so: the pod has to be mended. */
    INVALID,
    /** Kubernetes takes it, but a pod that is one VM cannot have it. */
    UNSUPPORTED,
    /** It names something that is not there, and may come: a ConfigMap, a claim. */
    MISSING
  }

  /** The path and the problem. */
  @Override
  public String toString() {
    return path + ": " + problem;
  }
}

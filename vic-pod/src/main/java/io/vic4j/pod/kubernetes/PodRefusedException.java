package io.vic4j.pod.kubernetes;

import io.vic4j.core.InvalidArgumentException;
import java.util.List;
import java.util.stream.Collectors;

/** A pod that cannot be made, with all that is wrong with it. Nothing was created. */
public final class PodRefusedException extends InvalidArgumentException {
  private final transient List<FieldProblem> problems;

  /**
   * A pod of which these fields stand in the way.
   *
   * @param pod which pod, for people
   * @param problems one or more
   */
  public PodRefusedException(String pod, List<FieldProblem> problems) {
    super(
        "pod "
            + pod
            + " cannot be made: "
            + problems.stream().map(FieldProblem::toString).collect(Collectors.joining("; ")));
    this.problems = List.copyOf(problems);
  }

  /** All that is wrong, in the order of the pod's fields as they are looked at. */
  public List<FieldProblem> problems() {
    return problems;
  }

  /**
   * Whether the same pod may go well later: all that is wrong is that something is not there yet.
   */
  public boolean mayPass() {
    return problems.stream().allMatch(it -> it.kind() == FieldProblem.Kind.MISSING);
  }
}

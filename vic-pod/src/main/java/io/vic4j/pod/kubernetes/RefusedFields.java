package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.PodSpec;
import io.vic4j.pod.kubernetes.PodFields.Support;
import java.util.Optional;

/** Refuses what the table refuses, and what neither the table nor the model knows. */
final class RefusedFields implements ModelWalk.Visitor {
  /** A value of a table's line: the code of its topic decides. */
  static final String DECIDED = "*";

  private final Problems problems;

  private RefusedFields(Problems problems) {
    this.problems = problems;
  }

  static void tell(PodSpec spec, Problems problems) {
    ModelWalk.walk(spec, "spec", new RefusedFields(problems));
  }

  @Override
  public boolean field(Class<?> owner, String name, String path, Object value) {
    Optional<FieldTable.Entry> entry = FieldTable.find(owner, name);
    if (entry.isEmpty()) {
      problems.unsupported(path, "this version does not know it");
      return false;
    }
    if (entry.get().row().support() != Support.REFUSED) {
      return true;
    }
    if (!entry.get().allowed().contains(DECIDED)
        && !entry.get().allowed().contains(String.valueOf(value))) {
      problems.unsupported(path, entry.get().row().note());
    }
    return false;
  }

  @Override
  public boolean within(Class<?> type) {
    return FieldTable.has(type);
  }

  @Override
  public void unknown(String path) {
    problems.unsupported(path, "unknown field");
  }
}

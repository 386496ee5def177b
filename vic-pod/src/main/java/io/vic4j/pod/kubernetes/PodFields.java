package io.vic4j.pod.kubernetes;

import java.util.List;

/**
 * What becomes of each field of a v1 Pod's metadata and specification.
 *
 * <p>The same as a page: {@code KUBERNETES.md}, made by {@link #markdown()}.
 */
public final class PodFields {
  private PodFields() {}

  /** What becomes of a field. */
  public enum Support {
    /** It counts for what is made. */
    SUPPORTED,
    /** A pod that sets it, to other than one of the values allowed, is refused. */
    REFUSED,
    /** It says nothing to whoever runs the pod, or nothing to a VM: it may stand there. */
    NOT_APPLICABLE
  }

  /**
   * What becomes of one field.
   *
   * @param type the model's type, such as {@code Container}
   * @param field the field as YAML has it
   * @param support what becomes of it
   * @param note why, or how; a few words, may be empty
   */
  public record Row(String type, String field, Support support, String note) {}

  /** All fields, by type, in a fixed order. */
  public static List<Row> rows() {
    return FieldTable.entries().stream().map(FieldTable.Entry::row).toList();
  }

  /** The table as Markdown. */
  public static String markdown() {
    StringBuilder page = new StringBuilder();
    page.append(
        """
        # Fields of a Kubernetes Pod

        What `KubernetesPods` makes of each field of a v1 Pod. This page is generated from `PodFields`, and a test checks
        it against the model: a field that is not here fails the build. What is not listed because it lies within a field
        that is refused or not applicable is what that field is. **yes**: it counts for what is made. **no**: a pod that
        sets it is refused by its path, unless to one of the values in brackets. **—**: it may stand there; it says
        nothing to whoever runs the pod, or nothing to a VM.
        """);
    String type = "";
    for (FieldTable.Entry entry : FieldTable.entries()) {
      Row row = entry.row();
      if (!row.type().equals(type)) {
        type = row.type();
        page.append("\n## ").append(type).append("\n\n| Field | | |\n|---|---|---|\n");
      }
      page.append("| `").append(row.field()).append("` | ").append(word(row.support()));
      page.append(" | ");
      if (!entry.allowed().isEmpty() && !entry.allowed().contains(RefusedFields.DECIDED)) {
        entry.allowed().stream()
            .sorted()
            .forEach(value -> page.append("[`").append(value).append("`] "));
      }
      page.append(row.note()).append(" |\n");
    }
    return page.toString();
  }

  private static String word(Support support) {
    return switch (support) {
      case SUPPORTED -> "yes";
      case REFUSED -> "no";
      case NOT_APPLICABLE -> "—";
    };
  }
}

package io.vic4j.pod.kubernetes;

import java.util.List;

/**
 * What becomes of each field of a v1 Pod's specification.
 *
 * <p>The same as a page: {@code KUBERNETES.md}, made by {@link #markdown()}.
 */
public final class PodFields {
  private PodFields() {}

  /** What becomes of a field. */
  public enum Support {
    /** It counts for what is made. */
    SUPPORTED,
    /** A pod that sets it, to other than what the note allows, is refused. */
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
    return List.of();
  }

  /** The table as Markdown. */
  public static String markdown() {
    return "";
  }
}

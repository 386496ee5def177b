package io.vic4j.core.vm;

import io.vic4j.core.InvalidArgumentException;

/** A specification that no VM can be made of: mend the field that it names. */
public class InvalidSpecException extends InvalidArgumentException {
  private final String field;

  /**
   * A field that is wrong.
   *
   * @param field which one, such as {@code "memory"} or {@code "sessions[web].argv"}
   * @param problem what is wrong with it, and what would be right
   */
  public InvalidSpecException(String field, String problem) {
    super(field + ": " + problem);
    this.field = field;
  }

  /** Which field is wrong, such as {@code "memory"} or {@code "sessions[web].argv"}. */
  public String field() {
    return field;
  }
}

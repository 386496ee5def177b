package io.vic4j.image;

import io.vic4j.core.VicException;

/**
 * A policy of the embedding program does not allow what was asked for: ask for something else, or
 * mend the policy. The message names the rule.
 */
public final class RefusedException extends VicException {
  private final String what;

  /**
   * A refusal.
   *
   * @param what what is refused: a reference, or a host
   * @param why which rule refuses it, as the rest of a sentence
   */
  public RefusedException(String what, String why) {
    super(what + " is refused: " + why, null);
    this.what = what;
  }

  /** What is refused: a reference, or a host. */
  public String what() {
    return what;
  }
}

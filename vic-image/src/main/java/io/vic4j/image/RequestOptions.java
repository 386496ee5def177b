package io.vic4j.image;

/**
 * How an image is requested. Immutable.
 *
 * @param pull which image it is and what it is called
 * @param priority how urgent it is
 */
public record RequestOptions(PullOptions pull, Priority priority) {
  /** The image for Linux on x86-64, called as it is requested; {@link Priority#NORMAL}. */
  public static final RequestOptions DEFAULT =
      new RequestOptions(PullOptions.DEFAULT, Priority.NORMAL);

  /** The same, for this image. */
  public RequestOptions withPull(PullOptions newPull) {
    return new RequestOptions(newPull, priority);
  }

  /** The same, so urgent. */
  public RequestOptions withPriority(Priority newPriority) {
    return new RequestOptions(pull, newPriority);
  }
}

package io.vic4j.image;

/**
 * How an image is requested. Immutable.
 *
 * @param pull which image it is and what it is called
 * @param priority how urgent it is
 * @param durable whether the request outlives the process: it is written down in the scope before
 *     it begins, and if the process or the service ends before it does, the next one can
 *     {@linkplain ImageService#resume resume} it
 */
public record RequestOptions(PullOptions pull, Priority priority, boolean durable) {
  /** The image for Linux on x86-64, called as it is requested; {@link Priority#NORMAL}, durable. */
  public static final RequestOptions DEFAULT =
      new RequestOptions(PullOptions.DEFAULT, Priority.NORMAL, true);

  /** The same, for this image. */
  public RequestOptions withPull(PullOptions newPull) {
    return new RequestOptions(newPull, priority, durable);
  }

  /** The same, so urgent. */
  public RequestOptions withPriority(Priority newPriority) {
    return new RequestOptions(pull, newPriority, durable);
  }

  /** The same, outliving the process or not. */
  public RequestOptions withDurable(boolean newDurable) {
    return new RequestOptions(pull, priority, newDurable);
  }
}

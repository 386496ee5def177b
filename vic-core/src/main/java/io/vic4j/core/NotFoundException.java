package io.vic4j.core;

import org.jspecify.annotations.Nullable;

/** The thing asked for is not there. */
public final class NotFoundException extends VicException {
  private final String kind;
  private final String name;

  /**
   * A thing that is not there.
   *
   * @param kind what sort of thing: {@code "image"}, {@code "layer disk"}
   * @param name which one
   */
  public NotFoundException(String kind, String name) {
    this(kind, name, kind + " not found: " + name, null);
  }

  /** A thing that is not there, with a message that says more and the cause, where there is one. */
  public NotFoundException(String kind, String name, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.name = name;
  }

  /** What sort of thing is missing, such as {@code "image"}. */
  public String kind() {
    return kind;
  }

  /** Which one is missing. */
  public String name() {
    return name;
  }
}

package io.vic4j.core;

import org.jspecify.annotations.Nullable;

/** The name or the place asked for is taken. */
public final class AlreadyExistsException extends VicException {
  private final String kind;
  private final String name;

  /**
   * A thing that is there already.
   *
   * @param kind what sort of thing: {@code "container"}, {@code "file"}
   * @param name which one
   */
  public AlreadyExistsException(String kind, String name) {
    this(kind, name, null);
  }

  /** A thing that is there already, and how that was noticed. */
  public AlreadyExistsException(String kind, String name, @Nullable Throwable cause) {
    super(kind + " already exists: " + name, cause);
    this.kind = kind;
    this.name = name;
  }

  /** What sort of thing is there already, such as {@code "container"}. */
  public String kind() {
    return kind;
  }

  /** Which one is there already. */
  public String name() {
    return name;
  }
}

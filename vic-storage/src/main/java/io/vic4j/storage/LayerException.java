package io.vic4j.storage;

import io.vic4j.core.InvalidArgumentException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A layer's tar that cannot be made a disk; nothing was published. The message names the entry at
 * fault.
 */
public final class LayerException extends InvalidArgumentException {
  /** What is wrong with a layer. */
  public enum Reason {
    /** A name or the target of a hard link leads out of the layer. */
    ESCAPES_ROOT,
    /** It ends too early: in an entry, or in its compressed form. */
    TRUNCATED,
    /** It is no tar, or its compressed form is damaged. */
    MALFORMED,
    /**
     * An entry that a layer disk cannot hold: of a type that layers do not have, such as a socket
     * or a tape's volume label; or with a name, an owner or a time that ext4 cannot keep.
     */
    UNSUPPORTED_ENTRY,
    /** A hard link to something that the layer does not have. */
    MISSING_LINK_TARGET,
    /** It has more than {@link LayerLimits} allow. */
    LIMIT_EXCEEDED
  }

  private final Reason reason;
  private final @Nullable String entry;

  /**
   * A layer that cannot be used.
   *
   * @param entry the name of the entry at fault, where there is one
   */
  public LayerException(
      Reason reason, @Nullable String entry, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
    this.entry = entry;
  }

  /** What is wrong. */
  public Reason reason() {
    return reason;
  }

  /** The entry at fault, as the tar names it; empty if no single one is. */
  public Optional<String> entry() {
    return Optional.ofNullable(entry);
  }
}

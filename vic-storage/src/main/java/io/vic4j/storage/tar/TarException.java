package io.vic4j.storage.tar;

import io.vic4j.core.InvalidArgumentException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A tar archive cannot be read on, for it is damaged, or is none. */
public final class TarException extends InvalidArgumentException {
  /** What is wrong with an archive. */
  public enum Reason {
    /** It ends inside an entry. */
    TRUNCATED,
    /** Its bytes are not those of an archive. */
    MALFORMED
  }

  private final Reason reason;
  private final @Nullable ByteString entry;

  TarException(Reason reason, @Nullable ByteString entry, String message) {
    this(reason, entry, message, null);
  }

  TarException(
      Reason reason, @Nullable ByteString entry, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
    this.entry = entry;
  }

  /** What is wrong. */
  public Reason reason() {
    return reason;
  }

  /** The name of the entry at fault, if so much of it could be read. */
  public Optional<ByteString> entry() {
    return Optional.ofNullable(entry);
  }
}

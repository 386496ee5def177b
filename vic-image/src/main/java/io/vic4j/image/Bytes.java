package io.vic4j.image;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Some bytes that do not change, with a value's equality. */
public final class Bytes {
  private final byte[] content;

  /** A copy of these bytes. */
  public Bytes(byte[] content) {
    this.content = content.clone();
  }

  /** A copy of the bytes. */
  public byte[] toArray() {
    return content.clone();
  }

  /** How many there are. */
  public int size() {
    return content.length;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Bytes that && Arrays.equals(content, that.content);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(content);
  }

  /** The bytes as UTF-8 text. */
  @Override
  public String toString() {
    return new String(content, StandardCharsets.UTF_8);
  }
}

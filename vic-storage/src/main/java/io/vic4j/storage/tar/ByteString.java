package io.vic4j.storage.tar;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Some bytes that do not change, with a value's equality and order: what names and extended
 * attributes are in a tar, for they need not be text.
 */
public final class ByteString implements Comparable<ByteString> {
  /** No bytes. */
  public static final ByteString EMPTY = new ByteString(new byte[0]);

  private final byte[] content;

  private ByteString(byte[] content) {
    this.content = content;
  }

  /** A copy of these bytes. */
  public static ByteString of(byte[] content) {
    return content.length == 0 ? EMPTY : new ByteString(content.clone());
  }

  /** A copy of {@code length} bytes from {@code offset} on. */
  public static ByteString of(byte[] content, int offset, int length) {
    return length == 0
        ? EMPTY
        : new ByteString(Arrays.copyOfRange(content, offset, offset + length));
  }

  /** A text in UTF-8. */
  public static ByteString of(String text) {
    return text.isEmpty() ? EMPTY : new ByteString(text.getBytes(StandardCharsets.UTF_8));
  }

  /** How many bytes there are. */
  public int size() {
    return content.length;
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return content.length == 0;
  }

  /** The byte at this place. */
  public byte at(int index) {
    return content[index];
  }

  /** Where {@code value} is found first at or after {@code from}; {@link #size} if nowhere. */
  public int indexOf(int value, int from) {
    for (int i = from; i < content.length; i++) {
      if (content[i] == (byte) value) {
        return i;
      }
    }
    return content.length;
  }

  /** The bytes from {@code from}, inclusive, to {@code to}, exclusive. */
  public ByteString substring(int from, int to) {
    return from == 0 && to == content.length ? this : of(content, from, to - from);
  }

  /** A copy of the bytes. */
  public byte[] toByteArray() {
    return content.clone();
  }

  /** The bytes in place, for classes of this package, which do not change them. */
  byte[] array() {
    return content;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ByteString that && Arrays.equals(content, that.content);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(content);
  }

  /** Byte by byte, as unsigned numbers. */
  @Override
  public int compareTo(ByteString other) {
    return Arrays.compareUnsigned(content, other.content);
  }

  /**
   * The bytes as text for people: UTF-8 where they are that, else ASCII; what cannot be shown is
   * written as {@code \xNN}.
   */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(content.length);
    try {
      CharBuffer decoded =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content).asReadOnlyBuffer());
      for (int i = 0; i < decoded.length(); i++) {
        append(text, decoded.charAt(i));
      }
    } catch (CharacterCodingException e) {
      for (byte value : content) {
        int unsigned = value & 0xff;
        if (unsigned < 0x80) {
          append(text, (char) unsigned);
        } else {
          text.append(String.format("\\x%02x", unsigned));
        }
      }
    }
    return text.toString();
  }

  private static void append(StringBuilder text, char c) {
    if (Character.isISOControl(c)) {
      text.append(String.format("\\x%02x", (int) c));
    } else {
      text.append(c);
    }
  }
}

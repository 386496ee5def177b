package io.vic4j.core;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;

/**
 * The name of a virtual container host: one tenant's endpoint, and the scope of the names and notes
 * that this tenant gives to images, containers and volumes.
 *
 * @param value 1 to 63 lower-case letters, digits and, between them, {@code .}, {@code _} and
 *     {@code -}
 */
public record VchName(@JsonValue String value) implements Comparable<VchName> {
  private static final Pattern NAME = Pattern.compile("[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?");

  /** Checks the characters: the name is also a folder's name wherever things are kept. */
  public VchName {
    if (!NAME.matcher(value).matches()) {
      throw new InvalidArgumentException(
          "not the name of a virtual container host: '"
              + value
              + "' (want 1 to 63 of a-z, 0-9 and, between them, . _ -)");
    }
  }

  /**
   * Reads a name.
   *
   * @throws InvalidArgumentException if it is none
   */
  @JsonCreator
  public static VchName of(String value) {
    return new VchName(value);
  }

  @Override
  public int compareTo(VchName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}

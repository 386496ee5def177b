package io.vic4j.core.datastore;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.vic4j.core.InvalidArgumentException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A place in a {@link Datastore}: names joined by {@code /}, relative to its root. A path can never
 * leave the datastore: {@code .}, {@code ..}, empty names and control characters are refused.
 *
 * @param names the names from the root down; none for the root itself
 */
public record DatastorePath(List<String> names) implements Comparable<DatastorePath> {
  /** The root of a datastore. */
  public static final DatastorePath ROOT = new DatastorePath(List.of());

  private static final int MAX_NAME_BYTES = 255;

  /** Checks each name. */
  public DatastorePath {
    names = List.copyOf(names);
    names.forEach(DatastorePath::checkName);
  }

  /**
   * Reads {@code a/b/c}; the empty text is the root.
   *
   * @throws InvalidArgumentException if a part is not a plain name
   */
  @JsonCreator
  public static DatastorePath parse(String text) {
    return text.isEmpty() ? ROOT : new DatastorePath(List.of(text.split("/", -1)));
  }

  private static void checkName(String name) {
    boolean plain = isPlainAscii(name) || isPlain(name);
    if (!plain) {
      throw new InvalidArgumentException("not a name in a datastore: '" + name + "'");
    }
  }

  /** Nearly all names are; a store has many thousands of them to look at. */
  private static boolean isPlainAscii(String name) {
    int length = name.length();
    if (length == 0 || length > MAX_NAME_BYTES || name.charAt(0) == '.') {
      return false;
    }
    for (int i = 0; i < length; i++) {
      char c = name.charAt(i);
      if (c < ' ' || c > '~' || c == '/' || c == '\\') {
        return false;
      }
    }
    return true;
  }

  private static boolean isPlain(String name) {
    return !name.isEmpty()
        && !name.equals(".")
        && !name.equals("..")
        && name.chars().noneMatch(c -> c == '/' || c == '\\' || Character.isISOControl(c))
        && StandardCharsets.UTF_8.newEncoder().canEncode(name)
        && name.getBytes(StandardCharsets.UTF_8).length <= MAX_NAME_BYTES;
  }

  /** The place {@code relative} (one or more names joined by {@code /}) below this one. */
  public DatastorePath resolve(String relative) {
    if (relative.isEmpty()) {
      return this;
    }
    List<String> all = new ArrayList<>(names.size() + 1);
    all.addAll(names);
    if (relative.indexOf('/') < 0) {
      all.add(relative);
    } else {
      all.addAll(List.of(relative.split("/", -1)));
    }
    return new DatastorePath(all);
  }

  /**
   * The folder this is in.
   *
   * @throws IllegalStateException if this is the root
   */
  public DatastorePath parent() {
    if (isRoot()) {
      throw new IllegalStateException("the root of a datastore has no parent");
    }
    return new DatastorePath(names.subList(0, names.size() - 1));
  }

  /** The last name; the empty text for the root. */
  public String name() {
    return isRoot() ? "" : names.get(names.size() - 1);
  }

  /** Whether this is the root of its datastore. */
  public boolean isRoot() {
    return names.isEmpty();
  }

  /** Whether this is {@code other} or lies below it. */
  public boolean startsWith(DatastorePath other) {
    return names.size() >= other.names.size()
        && names.subList(0, other.names.size()).equals(other.names);
  }

  @Override
  public int compareTo(DatastorePath other) {
    int common = Math.min(names.size(), other.names.size());
    for (int i = 0; i < common; i++) {
      int order = names.get(i).compareTo(other.names.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(names.size(), other.names.size());
  }

  /** {@code a/b/c}. */
  @Override
  @JsonValue
  public String toString() {
    return String.join("/", names);
  }
}

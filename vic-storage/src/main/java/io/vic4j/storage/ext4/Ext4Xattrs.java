package io.vic4j.storage.ext4;

import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * The extended attributes of one inode, by full name ({@code user.note}, {@code
 * security.capability}, {@code trusted.overlay.opaque}) and with the values that {@code getxattr}
 * gives; sorted by name. Immutable.
 */
public final class Ext4Xattrs {
  private static final Ext4Xattrs NONE = new Ext4Xattrs(new TreeMap<>());

  private final SortedMap<String, byte[]> values;

  private Ext4Xattrs(SortedMap<String, byte[]> values) {
    this.values = values;
  }

  /** No attribute at all. */
  public static Ext4Xattrs none() {
    return NONE;
  }

  /** These attributes and one more; replaces one with the same name. Copies the value. */
  public Ext4Xattrs with(String name, byte[] value) {
    SortedMap<String, byte[]> copy = new TreeMap<>(values);
    copy.put(name, value.clone());
    return new Ext4Xattrs(copy);
  }

  /** These attributes without the one of this name, if there is one. */
  public Ext4Xattrs without(String name) {
    if (!values.containsKey(name)) {
      return this;
    }
    SortedMap<String, byte[]> copy = new TreeMap<>(values);
    copy.remove(name);
    return copy.isEmpty() ? NONE : new Ext4Xattrs(copy);
  }

  /**
   * Whether ext4 can keep an attribute of this name: {@code user.}, {@code trusted.} or {@code
   * security.} and more, or one of the two access control lists.
   */
  public static boolean canKeep(String name) {
    return XattrNames.find(name).isPresent();
  }

  /** The names, sorted. */
  public SortedSet<String> names() {
    return Collections.unmodifiableSortedSet((SortedSet<String>) values.keySet());
  }

  /** A copy of the value of this name. */
  public Optional<byte[]> value(String name) {
    byte[] value = values.get(name);
    return value == null ? Optional.empty() : Optional.of(value.clone());
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return values.isEmpty();
  }

  /** Hands on name and value of each, in the order of names, without a copy. */
  void forEach(BiConsumer<String, byte[]> action) {
    values.forEach(action);
  }

  @Override
  public boolean equals(Object other) {
    if (!(other instanceof Ext4Xattrs that) || values.size() != that.values.size()) {
      return false;
    }
    Iterator<Map.Entry<String, byte[]>> others = that.values.entrySet().iterator();
    for (Map.Entry<String, byte[]> entry : values.entrySet()) {
      Map.Entry<String, byte[]> next = others.next();
      if (!entry.getKey().equals(next.getKey())
          || !Arrays.equals(entry.getValue(), next.getValue())) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int hashCode() {
    int hash = 0;
    for (Map.Entry<String, byte[]> entry : values.entrySet()) {
      hash = 31 * hash + entry.getKey().hashCode() * 31 + Arrays.hashCode(entry.getValue());
    }
    return hash;
  }

  /** Names and values, the latter in hexadecimal digits. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("{");
    values.forEach(
        (name, value) ->
            text.append(text.length() == 1 ? "" : ", ")
                .append(name)
                .append('=')
                .append(HexFormat.of().formatHex(value)));
    return text.append('}').toString();
  }
}

package io.vic4j.core.vsphere.soap;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A field of an object type of vSphere's API. */
final class VimField {
  /**
   * Fields that the schema lets be left out, but which yavijava has as primitives: zero is what
   * nobody has set. Written as zero, they would ask for something.
   */
  private static final Set<String> ZERO_IS_UNSET =
      Set.of("npivDesiredNodeWwns", "npivDesiredPortWwns");

  /** The name of its elements. */
  final String name;

  /** Whether it is an array, with an element for each value. */
  final boolean array;

  private final Field field;
  private final boolean zeroIsUnset;
  private @Nullable VimType type;

  VimField(Field field) {
    this.field = field;
    field.setAccessible(true); // It is public; so this is not checked at each access.
    // A field whose name is a word of the Java language has a line before it.
    this.name = field.getName().startsWith("_") ? field.getName().substring(1) : field.getName();
    this.array = field.getType().isArray();
    this.zeroIsUnset = ZERO_IS_UNSET.contains(name);
  }

  /** The type of its values, or of each of its values. */
  VimType type() {
    VimType known = type;
    if (known == null) {
      Class<?> javaClass = field.getType();
      known = VimTypes.of(array ? javaClass.getComponentType() : javaClass);
      type = known;
    }
    return known;
  }

  /** Its value in an object; null if that has none to be written. */
  @Nullable Object value(Object object) {
    try {
      Object value = field.get(object);
      return zeroIsUnset && value instanceof Number number && number.longValue() == 0
          ? null
          : value;
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(field + " cannot be read", e);
    }
  }

  /** Sets its value in an object. */
  void set(Object object, Object value) {
    try {
      field.set(object, value);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(field + " cannot be set", e);
    }
  }

  /** Sets its values in an object, behind those that it has already. */
  void setAll(Object object, Object[] values, int from, int to) {
    Object more = type().arrayOf(values, from, to);
    Object before = value(object);
    if (before != null) {
      int length = Array.getLength(before);
      Object all = Array.newInstance(field.getType().getComponentType(), length + to - from);
      System.arraycopy(before, 0, all, 0, length);
      System.arraycopy(more, 0, all, length, to - from);
      more = all;
    }
    set(object, more);
  }
}

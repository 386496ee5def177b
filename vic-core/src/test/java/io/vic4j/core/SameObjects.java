package io.vic4j.core;

import com.vmware.vim25.ManagedObjectReference;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Calendar;

/**
 * Compares what yavijava's reader makes of an answer with what ours makes of it. Where that gives
 * an {@code ArrayOfX}, ours gives its {@code X[]}, and an empty one for none.
 */
final class SameObjects {
  private int values;
  private int mistakenReferences;

  /** How many simple values were the same. */
  int values() {
    return values;
  }

  /** How many references had {@code xsi:type} for their type, by yavijava's mistake. */
  int mistakenReferences() {
    return mistakenReferences;
  }

  void compare(Object theirs, Object ours, String place) throws IllegalAccessException {
    Object expected = withoutArrayOf(theirs);
    if (expected == null || ours == null) {
      boolean none = expected == null && (ours == null || length(ours) == 0);
      require(none, expected, ours, place);
    } else if (expected.getClass().isArray()) {
      require(length(expected) == length(ours), expected, ours, place);
      for (int i = 0; i < length(expected); i++) {
        compare(Array.get(expected, i), Array.get(ours, i), place + "[" + i + "]");
      }
    } else if (expected instanceof ManagedObjectReference reference) {
      references(reference, (ManagedObjectReference) ours, place);
    } else if (expected instanceof Calendar time) {
      require(time.toInstant().equals(((Calendar) ours).toInstant()), expected, ours, place);
      values++;
    } else if (expected instanceof Enum || expected.getClass().getName().startsWith("java.")) {
      require(expected.equals(ours), expected, ours, place);
      values++;
    } else {
      require(expected.getClass() == ours.getClass(), expected, ours, place);
      for (Field field : expected.getClass().getFields()) {
        if (!Modifier.isStatic(field.getModifiers())) {
          compare(field.get(expected), field.get(ours), place + "." + field.getName());
        }
      }
    }
  }

  private void references(
      ManagedObjectReference theirs, ManagedObjectReference ours, String place) {
    require(theirs.val.equals(ours.val), theirs, ours, place);
    if (theirs.type.equals("ManagedObjectReference")) {
      mistakenReferences++;
    } else {
      require(theirs.type.equals(ours.type), theirs, ours, place);
    }
    values++;
  }

  private static Object withoutArrayOf(Object value) throws IllegalAccessException {
    return value != null && value.getClass().getSimpleName().startsWith("ArrayOf")
        ? value.getClass().getFields()[0].get(value)
        : value;
  }

  private static int length(Object value) {
    return value.getClass().isArray() ? Array.getLength(value) : -1;
  }

  private static void require(boolean same, Object theirs, Object ours, String place) {
    if (!same) {
      throw new IllegalStateException(place + ": yavijava has " + theirs + ", ours is " + ours);
    }
  }
}

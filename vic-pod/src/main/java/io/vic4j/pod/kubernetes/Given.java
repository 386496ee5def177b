package io.vic4j.pod.kubernetes;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The model's fields, any of which may not be there. */
final class Given {
  private Given() {}

  static <T> T orElse(@Nullable T value, T other) {
    return value == null ? other : value;
  }

  /** A text; one that is empty counts as none, as in Kubernetes. */
  static String text(@Nullable String value, String other) {
    return value == null || value.isEmpty() ? other : value;
  }

  static boolean has(@Nullable String value) {
    return value != null && !value.isEmpty();
  }

  static boolean isTrue(@Nullable Boolean value) {
    return Boolean.TRUE.equals(value);
  }

  static <T> List<T> list(@Nullable List<T> value) {
    return value == null ? List.of() : value;
  }

  static <V> Map<String, V> map(@Nullable Map<String, V> value) {
    return value == null ? Map.of() : value;
  }
}

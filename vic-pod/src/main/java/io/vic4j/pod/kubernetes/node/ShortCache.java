package io.vic4j.pod.kubernetes.node;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Remembers for a few seconds what was found, so that a hundred pods of one Deployment ask once.
 * What was not found is not remembered. Thread-safe; several that ask at once may ask each.
 */
final class ShortCache<V> {
  private static final Duration KEPT = Duration.ofSeconds(10);

  private record Entry<V>(V value, Instant until) {}

  private final InstantSource time;
  private final Map<String, Entry<V>> entries = new LinkedHashMap<>();

  ShortCache(InstantSource time) {
    this.time = time;
  }

  Optional<V> get(String key, Supplier<Optional<V>> source) {
    Instant now = time.instant();
    synchronized (entries) {
      Iterator<Entry<V>> oldest = entries.values().iterator();
      while (oldest.hasNext() && !oldest.next().until.isAfter(now)) {
        oldest.remove();
      }
      @Nullable Entry<V> found = entries.get(key);
      if (found != null) {
        return Optional.of(found.value);
      }
    }
    Optional<V> value = source.get();
    synchronized (entries) {
      value.ifPresent(
          it -> {
            entries.remove(key);
            entries.put(key, new Entry<>(it, now.plus(KEPT)));
          });
    }
    return value;
  }
}

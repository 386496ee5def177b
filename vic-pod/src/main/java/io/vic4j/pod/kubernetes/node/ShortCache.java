package io.vic4j.pod.kubernetes.node;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Remembers for some time what was found, so that a hundred pods of one Deployment ask once. What
 * was not found is not remembered. Thread-safe; of several that ask at once one asks, and the
 * others wait for him.
 */
final class ShortCache<K, V> {
  private static final Duration KEPT = Duration.ofSeconds(10);

  private record Entry<V>(V value, Instant until) {}

  private final InstantSource time;
  private final Duration kept;
  private final Map<K, Entry<V>> entries = new LinkedHashMap<>();
  private final Map<K, Object> turns = new ConcurrentHashMap<>();

  /** One that remembers for a few seconds. */
  ShortCache(InstantSource time) {
    this(time, KEPT);
  }

  ShortCache(InstantSource time, Duration kept) {
    this.time = time;
    this.kept = kept;
  }

  Optional<V> get(K key, Supplier<Optional<V>> source) {
    Object turn = turns.computeIfAbsent(key, it -> new Object());
    synchronized (turn) {
      try {
        Optional<V> found = find(key);
        if (found.isPresent()) {
          return found;
        }
        Optional<V> value = source.get();
        value.ifPresent(it -> put(key, it));
        return value;
      } finally {
        turns.remove(key, turn);
      }
    }
  }

  Optional<V> find(K key) {
    Instant now = time.instant();
    synchronized (entries) {
      Iterator<Entry<V>> oldest = entries.values().iterator();
      while (oldest.hasNext() && !oldest.next().until.isAfter(now)) {
        oldest.remove();
      }
      @Nullable Entry<V> found = entries.get(key);
      return found == null ? Optional.empty() : Optional.of(found.value);
    }
  }

  /** What was found, which is remembered anew. */
  Optional<V> again(K key) {
    Optional<V> found = find(key);
    found.ifPresent(it -> put(key, it));
    return found;
  }

  void put(K key, V value) {
    Instant until = time.instant().plus(kept);
    synchronized (entries) {
      entries.remove(key);
      entries.put(key, new Entry<>(value, until));
    }
  }
}

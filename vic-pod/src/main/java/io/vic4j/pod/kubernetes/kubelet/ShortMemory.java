package io.vic4j.pod.kubernetes.kubelet;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;

/** Keeps the latest answers for a short while. Thread-safe; who asks does not wait for others. */
final class ShortMemory<K, V> {
  private record Kept<V>(V value, long until) {}

  private final Map<K, Kept<V>> kept;
  private final Function<V, Duration> howLong;
  private final LongSupplier nanos;

  /**
   * Nothing yet.
   *
   * @param most how many answers to keep
   * @param howLong how long an answer holds
   */
  ShortMemory(int most, Function<V, Duration> howLong, LongSupplier nanos) {
    this.howLong = howLong;
    this.nanos = nanos;
    this.kept =
        new LinkedHashMap<>() {
          private static final long serialVersionUID = 1;

          @Override
          protected boolean removeEldestEntry(Map.Entry<K, Kept<V>> eldest) {
            return size() > most;
          }
        };
  }

  /** The answer that is kept, or a new one. */
  V get(K key, Function<K, V> ask) {
    synchronized (kept) {
      Kept<V> known = kept.get(key);
      if (known != null && known.until() - nanos.getAsLong() > 0) {
        return known.value();
      }
    }
    V answer = ask.apply(key);
    synchronized (kept) {
      kept.remove(key);
      kept.put(key, new Kept<>(answer, nanos.getAsLong() + howLong.apply(answer).toNanos()));
    }
    return answer;
  }
}

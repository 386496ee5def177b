package io.vic4j.storage;

import io.vic4j.core.CancelledException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets one thread at a time do the work for a key, while others that want the same wait for its
 * result. Where the work fails, each of those that waited tries it in turn.
 */
final class SingleFlight<K, V> {
  private final ConcurrentMap<K, Flight<V>> flights = new ConcurrentHashMap<>();

  private static final class Flight<V> {
    final CountDownLatch landed = new CountDownLatch(1);
    volatile @Nullable V result;
  }

  /**
   * The result of {@code work}, done by this thread or by another that came before.
   *
   * @throws CancelledException if the thread is interrupted while it waits; the work goes on
   */
  V get(K key, Supplier<V> work) {
    while (true) {
      Flight<V> own = new Flight<>();
      Flight<V> other = flights.putIfAbsent(key, own);
      if (other == null) {
        try {
          V result = work.get();
          own.result = result;
          return result;
        } finally {
          flights.remove(key, own);
          own.landed.countDown();
        }
      }
      try {
        other.landed.await();
      } catch (InterruptedException e) {
        throw CancelledException.from(e, "wait for " + key);
      }
      V result = other.result;
      if (result != null) {
        return result;
      }
    }
  }
}

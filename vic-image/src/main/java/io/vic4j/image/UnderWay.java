package io.vic4j.image;

import io.vic4j.core.CancelledException;
import io.vic4j.core.ImageReference;
import io.vic4j.core.Platform;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The requests of one service that have not ended, and the fetches that are made for them, which
 * requests for one image share. Thread-safe.
 */
final class UnderWay {
  private final Map<Key, ImageFetch> shared = new HashMap<>();
  private final Set<ImageFetch> fetches = new LinkedHashSet<>();
  private final Set<ImageRequest> requests = new LinkedHashSet<>();
  private final Set<ImageRequest> untold = new LinkedHashSet<>();
  private boolean closed;

  /** What requests have in common that share a fetch. */
  record Key(ImageReference reference, Platform platform) {}

  /**
   * Adds a request to the fetch of this key, which is made if there is none that can be joined.
   *
   * @return whether it was made, and has to begin
   */
  synchronized boolean join(ImageRequest request, Key key, Supplier<ImageFetch> newFetch) {
    requireOpen();
    ImageFetch fetch = shared.get(key);
    boolean joined = fetch != null && fetch.join(request);
    if (!joined) {
      ImageFetch made = newFetch.get();
      made.join(request);
      shared.put(key, made);
      fetches.add(made);
    }
    requests.add(request);
    untold.add(request);
    return !joined;
  }

  /** Adds a request with a fetch that nobody shares. */
  synchronized void add(ImageRequest request, ImageFetch fetch) {
    requireOpen();
    fetch.join(request);
    fetches.add(fetch);
    requests.add(request);
    untold.add(request);
  }

  /** Nobody joins this fetch any more. */
  synchronized void remove(ImageFetch fetch) {
    fetches.remove(fetch);
    shared.values().remove(fetch);
  }

  /** The request has ended, and is about to be told. */
  synchronized void remove(ImageRequest request) {
    requests.remove(request);
  }

  /** The request has been told how it ended. */
  synchronized void told(ImageRequest request) {
    untold.remove(request);
    notifyAll();
  }

  synchronized List<ImageRequest> requests() {
    return List.copyOf(requests);
  }

  synchronized void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the image service is closed");
    }
  }

  /** Lets nothing more begin; returns what has to be ended. */
  synchronized List<ImageFetch> close() {
    closed = true;
    notifyAll();
    return List.copyOf(fetches);
  }

  /** Waits, unless the service is closed. */
  synchronized void pause(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    try {
      long left = time.toNanos();
      while (left > 0 && !closed) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
        left = end - System.nanoTime();
      }
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "wait for the next look at a batch");
    }
    if (closed) {
      throw new CancelledException("cancelled, for the image service was closed");
    }
  }

  /**
   * Waits until all requests have been told; which is short after they were cancelled, unless a
   * datastore hangs.
   *
   * @return false if that took longer; an interrupted thread does not wait
   */
  synchronized boolean awaitQuiet(Duration atMost) {
    long end = System.nanoTime() + atMost.toNanos();
    try {
      while (!untold.isEmpty()) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return true;
  }
}

package io.vic4j.core;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Where long work tells how far it is: methods that take long take one of these and begin a {@link
 * ProgressTask} on it. A task is a {@code Progress} too, so that work within work shows as a tree.
 *
 * <p>A caller makes one with {@link #to}, or passes {@link #NONE}. Thread-safe.
 */
public sealed interface Progress permits ProgressTask, ProgressRoot {
  /** Nobody listens. */
  Progress NONE = to(event -> {});

  /** Every event of the work below goes to {@code listener}. */
  static Progress to(ProgressListener listener) {
    return new ProgressRoot(listener, new AtomicLong());
  }

  /**
   * Begins a task whose size is not known yet.
   *
   * @param name what is done, for people: {@code "layer 3f2a9c0d1e5b"}
   */
  ProgressTask begin(String name);

  /** Begins a task of {@code totalBytes}. */
  default ProgressTask begin(String name, long totalBytes) {
    ProgressTask task = begin(name);
    task.total(totalBytes);
    return task;
  }
}

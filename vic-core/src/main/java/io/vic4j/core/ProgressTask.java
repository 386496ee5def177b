package io.vic4j.core;

import io.vic4j.core.ProgressEvent.State;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A piece of long work that tells how far it is. Begun with {@link Progress#begin}, ended by {@link
 * #complete} or, if it is closed before that, as failed:
 *
 * <pre>{@code
 * try (ProgressTask task = progress.begin("layer", totalBytes)) {
 *   ...
 *   task.advance(read);
 *   ...
 *   task.complete();
 * }
 * }</pre>
 *
 * <p>Events are handed on at most once every {@value #STEP_BYTES} bytes. Thread-safe.
 */
public final class ProgressTask implements Progress, AutoCloseable {
  /** How many bytes pass between two events of one task. */
  static final long STEP_BYTES = 256 * 1024;

  private final ProgressRoot root;
  private final long id;
  private final @Nullable ProgressTask parent;
  private final String name;
  private long total = -1;
  private long done;
  private long announced;
  private boolean ended;

  ProgressTask(ProgressRoot root, @Nullable ProgressTask parent, String name) {
    this.root = root;
    this.id = root.lastId().incrementAndGet();
    this.parent = parent;
    this.name = name;
    publish(State.STARTED);
  }

  @Override
  public ProgressTask begin(String name) {
    return new ProgressTask(root, this, name);
  }

  /** Says how many bytes there are in all, once that is known. */
  public synchronized void total(long totalBytes) {
    if (totalBytes < 0) {
      throw new IllegalArgumentException("negative total: " + totalBytes);
    }
    if (!ended) {
      total = totalBytes;
      publish(State.STARTED);
    }
  }

  /** {@code bytes} more are done. */
  public synchronized void advance(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("negative progress: " + bytes);
    }
    done += bytes;
    if (!ended && done - announced >= STEP_BYTES) {
      announced = done;
      publish(State.ADVANCED);
    }
  }

  /** The work is done. Does nothing if the task has ended. */
  public synchronized void complete() {
    if (!ended) {
      ended = true;
      done = Math.max(done, total);
      publish(State.COMPLETED);
    }
  }

  /** Ends the task as failed, if it has not been completed. */
  @Override
  public synchronized void close() {
    if (!ended) {
      ended = true;
      publish(State.FAILED);
    }
  }

  private void publish(State state) {
    root.publish(
        new ProgressEvent(
            id,
            parent == null ? OptionalLong.empty() : OptionalLong.of(parent.id),
            name,
            state,
            done,
            total < 0 ? OptionalLong.empty() : OptionalLong.of(total)));
  }
}

package io.vic4j.image;

import io.vic4j.core.CancelledException;
import io.vic4j.core.Digest;
import io.vic4j.core.ProgressTask;
import io.vic4j.image.PullResult.PulledLayer;
import io.vic4j.storage.LayerDisk;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The layers that one image misses, fetched a few at a time. The first that fails makes the others
 * be given up; their failures are suppressed in it. Thread-safe; blocks nobody.
 */
final class LayerBatch {
  /** For whom the layers are fetched. */
  interface Owner {
    /** How urgent it is now. */
    Priority priority();

    /** Nothing is done for this batch any more. Called once. */
    void batchEnded(@Nullable RuntimeException failure);
  }

  private final LayerFetches fetches;
  private final Owner owner;
  private final Pull pull;
  private final SharedSource source;
  private final String registry;
  private final ProgressTask parent;
  private final int parallel;
  private final Queue<ImageLayer> waiting = new ArrayDeque<>();
  private final Map<Digest, Wanted> asked = new HashMap<>();
  private final Map<Digest, PulledLayer> made = new HashMap<>();
  private @Nullable RuntimeException failure;
  private boolean ended;

  /**
   * A batch that has not begun.
   *
   * @param parallel how many layers at a time
   * @param parent where the layers' progress is shown
   */
  LayerBatch(
      LayerFetches fetches,
      int parallel,
      Owner owner,
      Pull pull,
      SharedSource source,
      String registry,
      ProgressTask parent) {
    this.fetches = fetches;
    this.parallel = parallel;
    this.owner = owner;
    this.pull = pull;
    this.source = source;
    this.registry = registry;
    this.parent = parent;
  }

  void start(Collection<ImageLayer> layers) {
    synchronized (this) {
      waiting.addAll(layers);
    }
    proceed();
  }

  // Progress is told without the lock, for whoever hears of it may do what he likes.

  /** The layers that have come. */
  synchronized Map<Digest, PulledLayer> made() {
    return Map.copyOf(made);
  }

  void raise(Priority atLeast) {
    List<Digest> all;
    synchronized (this) {
      all = List.copyOf(asked.keySet());
    }
    all.forEach(diffId -> fetches.raise(diffId, atLeast));
  }

  /** Gives up what has not come; does nothing if the batch has ended. */
  void fail(RuntimeException reason) {
    List<Wanted> all;
    synchronized (this) {
      if (ended) {
        return;
      }
      if (failure != null) {
        if (failure != reason && !(reason instanceof CancelledException)) {
          failure.addSuppressed(reason);
        }
        return;
      }
      failure = reason;
      waiting.clear();
      all = List.copyOf(asked.values());
    }
    all.forEach(wanted -> fetches.giveUp(wanted.layer.diffId(), wanted));
    proceed();
  }

  /** Asks for more, or ends. */
  private void proceed() {
    List<Wanted> more = new ArrayList<>();
    boolean end;
    RuntimeException why;
    synchronized (this) {
      while (asked.size() < parallel && !waiting.isEmpty()) {
        ImageLayer layer = waiting.remove();
        Wanted wanted = new Wanted(layer);
        asked.put(layer.diffId(), wanted);
        more.add(wanted);
      }
      end = asked.isEmpty() && !ended;
      ended |= end;
      why = failure;
    }
    for (Wanted wanted : more) {
      wanted.ask();
      boolean late;
      synchronized (this) {
        late = failure != null;
      }
      if (late) {
        fetches.giveUp(wanted.layer.diffId(), wanted);
      }
    }
    if (end) {
      owner.batchEnded(why);
    }
  }

  private void done(Wanted wanted) {
    synchronized (this) {
      asked.remove(wanted.layer.diffId());
    }
    proceed();
  }

  /** One layer as this image wants it. */
  private final class Wanted implements LayerAsker {
    private final ImageLayer layer;
    private final long began = System.nanoTime();
    private @Nullable ProgressTask task;

    private Wanted(ImageLayer layer) {
      this.layer = layer;
    }

    private void ask() {
      ProgressTask begun = parent.begin(Pull.taskName(layer), layer.blob().sizeBytes());
      synchronized (this) {
        task = begun;
      }
      fetches.ask(layer.diffId(), this);
    }

    private synchronized ProgressTask task() {
      return Objects.requireNonNull(task);
    }

    @Override
    public String registry() {
      return registry;
    }

    @Override
    public Priority priority() {
      return owner.priority();
    }

    @Override
    public InputStream open(LongConsumer progress) {
      return pull.open(layer, progress);
    }

    @Override
    public boolean hold() {
      return source.hold();
    }

    @Override
    public void release() {
      source.release();
    }

    @Override
    public void advanced(long bytes) {
      task().advance(bytes);
    }

    @Override
    public void came(LayerDisk disk, long transferredBytes) {
      task().complete();
      synchronized (LayerBatch.this) {
        made.put(layer.diffId(), new PulledLayer(layer, disk, transferredBytes, Pull.since(began)));
      }
      done(this);
    }

    @Override
    public void failed(RuntimeException reason) {
      task().close();
      fail(reason);
      done(this);
    }
  }
}

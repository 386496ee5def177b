package io.vic4j.image;

import io.vic4j.core.CancelledException;
import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.VchName;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches images into an {@link ImageStore}, for all VCHs that share it. Each of them sees it
 * through its {@link #images}.
 *
 * <pre>{@code
 * try (RegistryClient registry = RegistryClient.builder().build();
 *     ImageService service =
 *         ImageService.builder(store, disks).sources(registry).build()) {
 *   Image image = service.images(VchName.of("team-a")).pull(reference, Progress.NONE);
 * }
 * }</pre>
 *
 * <p>A layer that several pulls need at once is fetched by one of them, and the others wait for it;
 * a layer whose disk is there is not fetched at all. Of the layers of one pull several are fetched
 * at once; if one fails, the others are given up.
 *
 * <p>Thread-safe. Closing it cancels the pulls under way, and ends its threads if it has its own.
 */
public final class ImageService implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ImageService.class);
  private static final long CLOSE_SECONDS = 30;

  private final ImageStore store;
  private final LayerDisks disks;
  private final ImageSources sources;
  private final int parallelLayers;
  private final Executor executor;
  private final @Nullable ExecutorService ownExecutor;
  private final Set<TaskGroup> groups = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  private ImageService(Builder builder) {
    this.store = builder.store;
    this.disks = builder.disks;
    this.sources = builder.sources;
    this.parallelLayers = builder.parallelLayers;
    if (builder.executor == null) {
      this.ownExecutor = threads(parallelLayers);
      this.executor = ownExecutor;
    } else {
      this.ownExecutor = null;
      this.executor = builder.executor;
    }
  }

  private static ExecutorService threads(int count) {
    AtomicInteger number = new AtomicInteger();
    return Executors.newFixedThreadPool(
        count,
        task -> {
          Thread thread = new Thread(task, "vic-image-" + number.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
  }

  /**
   * A service that fills this store.
   *
   * @param disks the layer disks on the same datastore
   */
  public static Builder builder(ImageStore store, LayerDisks disks) {
    return new Builder(store, disks);
  }

  /** The store that this fills. */
  public ImageStore store() {
    return store;
  }

  /** The layer disks on the same datastore. */
  public LayerDisks disks() {
    return disks;
  }

  /** The images of one VCH. */
  public Images images(VchName vch) {
    return new Images(this, store.scope(vch));
  }

  PullResult pull(
      ImageScope scope, ImageReference reference, PullOptions options, Progress progress) {
    requireOpen();
    try (ImageSource source = sources.open(reference)) {
      return new Pull(this, scope, source, reference, options).run(progress);
    }
  }

  PullResult pull(ImageScope scope, ImageSource source, PullOptions options, Progress progress) {
    requireOpen();
    return new Pull(this, scope, source, null, options).run(progress);
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the image service is closed");
    }
  }

  /** Runs all, a few at a time, and renews the lease meanwhile; cancelled by {@link #close}. */
  void runAll(String work, List<Runnable> tasks, Duration heartbeat, ImageLease lease) {
    if (tasks.isEmpty()) {
      return;
    }
    TaskGroup group = new TaskGroup(work, tasks);
    groups.add(group);
    try {
      if (closed) {
        throw new CancelledException("cancelled, for the image service was closed: " + work);
      }
      group.await(executor, parallelLayers, heartbeat, lease::renew);
    } finally {
      groups.remove(group);
    }
  }

  boolean isComplete(Image image) {
    List<LayerDisk> found = new ArrayList<>();
    for (Digest diffId : image.diffIds()) {
      Optional<LayerDisk> disk = disks.find(diffId);
      if (disk.isEmpty()) {
        return false;
      }
      found.add(disk.get());
    }
    return disks.hasSeam(found);
  }

  List<LayerDisk> layerDisks(Image image) {
    List<LayerDisk> found = new ArrayList<>();
    for (Digest diffId : image.diffIds()) {
      found.add(disks.find(diffId).orElseThrow(() -> missing(image, "layer disk", diffId)));
    }
    if (!disks.hasSeam(found)) {
      throw missing(image, "seam", LayerDisks.seamId(image.diffIds()));
    }
    disks.seam(List.copyOf(found), Progress.NONE).ifPresent(found::add);
    return found;
  }

  private static NotFoundException missing(Image image, String kind, Digest id) {
    return new NotFoundException(
        kind,
        id.toString(),
        kind + " not found: " + id + " of image " + image.id() + "; pull the image again",
        null);
  }

  @Override
  public void close() {
    closed = true;
    groups.forEach(TaskGroup::cancel);
    if (ownExecutor != null) {
      ownExecutor.shutdown();
      awaitTermination(ownExecutor);
    }
  }

  /** Waits for tasks that have been cancelled, which is short unless a datastore hangs. */
  private static void awaitTermination(ExecutorService executor) {
    try {
      if (!executor.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        log.warn("threads of the image service did not end within {} s", CLOSE_SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Puts an {@link ImageService} together. */
  public static final class Builder {
    private final ImageStore store;
    private final LayerDisks disks;
    private ImageSources sources =
        reference -> {
          throw new InvalidArgumentException(
              "cannot pull " + reference + ": the image service was given no registry");
        };
    private @Nullable Executor executor;
    private int parallelLayers = 3;

    private Builder(ImageStore store, LayerDisks disks) {
      this.store = store;
      this.disks = disks;
    }

    /** Where images are pulled from by reference: a registry client. None unless set. */
    public Builder sources(ImageSources sources) {
      this.sources = sources;
      return this;
    }

    /**
     * Where layers are fetched and built; it stays the caller's to close. A pull waits for it, so
     * it must not be one whose threads all may be pulling. Unless set, the service has its own
     * threads, as many as {@link #parallelLayers}.
     */
    public Builder executor(Executor executor) {
      this.executor = executor;
      return this;
    }

    /** How many layers of one pull are fetched and built at once; 3 unless set. */
    public Builder parallelLayers(int parallelLayers) {
      if (parallelLayers < 1) {
        throw new IllegalArgumentException("parallelLayers must be positive: " + parallelLayers);
      }
      this.parallelLayers = parallelLayers;
      return this;
    }

    /** The service. */
    public ImageService build() {
      return new ImageService(this);
    }
  }
}

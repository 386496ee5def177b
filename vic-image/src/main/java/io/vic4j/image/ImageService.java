package io.vic4j.image;

import io.vic4j.core.CancelledException;
import io.vic4j.core.Digest;
import io.vic4j.core.IdSource;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.Platform;
import io.vic4j.core.Progress;
import io.vic4j.core.VchName;
import io.vic4j.core.VicException;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
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
 * <p><b>Shared transfers.</b> Requests for one image share one look-up, and requests for images
 * that have a layer in common share its transfer: it goes on while anybody wants it, and what has
 * come is the others' too. A layer whose disk is there is not fetched at all. Among the processes
 * that share the store, the one that has the {@linkplain ImageStore#claim claim} on a layer fetches
 * it, and the others wait for its disk, or until it gives no sign of life for a while. Of the
 * layers of one image several are fetched at once; if one fails, the others are given up.
 *
 * <p><b>Order.</b> So many transfers run at once, in all and for each registry; of those that wait,
 * the most {@linkplain Priority urgent} is next, and of these the one that came first.
 *
 * <p>Thread-safe. Closing it cancels the pulls under way, and ends its threads if it has its own; a
 * thread that gives signs of life is always its own.
 */
public final class ImageService implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ImageService.class);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

  private final ImageStore store;
  private final LayerDisks disks;
  private final ImageSources sources;
  private final int parallelLayers;
  private final IdSource ids;
  private final DurableRequests durable;
  private final ImageUses uses;
  private final DiskStacks stacks;
  private final Pulse pulse = new Pulse();
  private final JobQueue queue;
  private final LayerFetches layers;
  private final @Nullable ExecutorService ownExecutor;
  private final UnderWay underWay = new UnderWay();
  private final @Nullable RoomKeeper roomKeeper;

  private ImageService(Builder builder) {
    this.store = builder.store;
    this.disks = builder.disks;
    this.sources = builder.sources;
    this.parallelLayers = builder.parallelLayers;
    this.ids = builder.ids;
    this.uses = new ImageUses(builder.clock);
    this.stacks = new DiskStacks(disks);
    this.ownExecutor = builder.executor == null ? newThreads() : null;
    Executor executor = builder.executor == null ? ownExecutor : builder.executor;
    this.queue =
        new JobQueue(
            Objects.requireNonNull(executor),
            Math.max(builder.parallelTransfers, parallelLayers),
            Math.max(builder.parallelTransfersPerRegistry, 1));
    this.layers = new LayerFetches(queue, pulse, store, disks);
    this.durable = new DurableRequests(store, pulse, newId(), builder.clock);
    this.roomKeeper =
        builder.quota == null
            ? null
            : new RoomKeeper(
                store, Objects.requireNonNull(executor), builder.quota.bytes, builder.quota.inUse);
  }

  /** As many threads as the queue lets run. */
  private static ExecutorService newThreads() {
    AtomicInteger number = new AtomicInteger();
    return new ThreadPoolExecutor(
        0,
        Integer.MAX_VALUE,
        10,
        TimeUnit.SECONDS,
        new SynchronousQueue<>(),
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

  /**
   * {@linkplain ImageStore#verify Verifies} the store, {@linkplain ImageStore#quarantine puts away}
   * what is damaged, and fetches again what scopes lack then, by the digests it had: from where it
   * came, or else from where its name points. Layers that are whole are not fetched. What cannot be
   * had is told, and stops nothing.
   *
   * @throws CancelledException if the thread is interrupted, or the service closed
   */
  public RepairReport repair(Progress progress) {
    underWay.requireOpen();
    return new StoreRepair(this, progress).run();
  }

  /** The requests that have not ended, of all VCHs, in the order they came. */
  public List<ImageRequest> requests() {
    return underWay.requests();
  }

  JobQueue queue() {
    return queue;
  }

  LayerFetches layers() {
    return layers;
  }

  Pulse pulse() {
    return pulse;
  }

  int parallelLayers() {
    return parallelLayers;
  }

  ImageRequest request(ImageScope scope, ImageReference reference, RequestOptions options) {
    underWay.requireOpen();
    ImageRequest request = new ImageRequest(newId(), scope, reference, options);
    if (options.durable()) {
      durable.remember(request, reference);
    }
    return start(request, reference, null);
  }

  /**
   * Goes on with the requests that services left behind which have ended before their requests did:
   * crashed, or {@linkplain #close closed}. Those of services that are alive, in whatever process,
   * are left alone. A service that has {@linkplain Builder#sources sources} does so when it is
   * opened, unless it was {@linkplain Builder#resumeLater told} not to.
   */
  public ResumedRequests resume(ResumePolicy policy) {
    underWay.requireOpen();
    List<ImageRequest> resumed = new ArrayList<>();
    List<StoredRequest> abandoned = new ArrayList<>();
    DurableRequests.Heir heir =
        new DurableRequests.Heir() {
          @Override
          public void resume(ImageScope scope, StoredRequest left) {
            ImageRequest request =
                new ImageRequest(left.id(), scope, left.reference(), left.options());
            resumed.add(start(request, left.reference(), null));
          }

          @Override
          public void abandon(ImageScope scope, StoredRequest left) {
            log.info("abandoned the request for {} in {}", left.reference(), scope.vch());
            abandoned.add(left);
          }
        };
    store.scopes().forEach(vch -> durable.takeOver(store.scope(vch), policy, heir));
    return new ResumedRequests(resumed, abandoned);
  }

  /** A store that cannot be reached now keeps nobody from using the service later. */
  private void resumeAtOpen(ResumePolicy policy) {
    try {
      ResumedRequests left = resume(policy);
      if (!left.resumed().isEmpty()) {
        log.info("going on with {} requests that others left", left.resumed().size());
      }
    } catch (VicException e) {
      log.warn("could not look for requests that others left in {}", store, e);
    }
  }

  private ImageRequest start(
      ImageRequest request, ImageReference reference, @Nullable ProgressMirror mirror) {
    Platform platform = request.options().pull().platform();
    ImageFetch fetch = new ImageFetch(this, ImageOrigin.of(reference, sources), platform);
    boolean first = underWay.join(request, new UnderWay.Key(reference, platform), () -> fetch);
    if (mirror != null) {
      request.watch(mirror);
    }
    if (first) {
      fetch.begin();
    }
    return request;
  }

  private String newId() {
    return ids.next().substring(0, 32);
  }

  PullResult pull(
      ImageScope scope, ImageReference reference, PullOptions options, Progress progress) {
    ProgressMirror mirror = new ProgressMirror(progress);
    ImageRequest request = new ImageRequest(newId(), scope, reference, blocking(options));
    return await(start(request, reference, mirror), mirror);
  }

  PullResult pull(ImageScope scope, ImageSource source, PullOptions options, Progress progress) {
    ProgressMirror mirror = new ProgressMirror(progress);
    ImageRequest request = new ImageRequest(newId(), scope, null, blocking(options));
    ImageFetch fetch = new ImageFetch(this, ImageOrigin.of(source), options.platform());
    underWay.add(request, fetch);
    request.watch(mirror);
    fetch.begin();
    return await(request, mirror);
  }

  private static RequestOptions blocking(PullOptions options) {
    return new RequestOptions(options, Priority.WAITING, false);
  }

  /** Waits for a request that nobody else knows of, and takes it back when interrupted. */
  private static PullResult await(ImageRequest request, ProgressMirror mirror) {
    boolean complete = false;
    try {
      PullResult result = request.await();
      complete = true;
      return result;
    } finally {
      if (!complete && !request.isEnded()) {
        request.cancel();
        request.awaitQuiet();
      }
      request.unwatch(mirror);
      mirror.end(complete);
    }
  }

  /** Waits, unless the service is closed. */
  void pause(Duration time) {
    underWay.pause(time);
  }

  /** A fetch has ended, and its askers are about to be told. */
  void forget(ImageFetch fetch) {
    underWay.remove(fetch);
  }

  /** A request has its image. */
  void done(ImageRequest request, PullResult result) {
    boolean interrupted = Thread.interrupted(); // It was for the transfer.
    noteUse(request.scope(), result.image().id());
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (request.options().durable()) {
      DurableRequests.forget(request);
    }
    underWay.remove(request);
    request.complete(result);
    underWay.told(request);
    if (roomKeeper != null && result.transferredBytes() > 0) {
      roomKeeper.grown();
    }
  }

  /** A request has failed, or was cancelled; what this service leaves undone, is written down. */
  void failed(ImageRequest request, RuntimeException failure) {
    boolean left = failure instanceof CancelledException && !request.isGivenUp();
    if (request.options().durable() && !left) {
      DurableRequests.forget(request);
    }
    underWay.remove(request);
    request.fail(failure);
    underWay.told(request);
  }

  void noteUse(ImageScope scope, Digest imageId) {
    uses.note(scope, imageId);
  }

  boolean isComplete(Image image) {
    return stacks.isComplete(image);
  }

  List<LayerDisk> layerDisks(Image image) {
    return stacks.of(image);
  }

  @Override
  public void close() {
    underWay
        .close()
        .forEach(
            fetch ->
                fetch.fail(
                    new CancelledException(
                        "cancelled, for the image service was closed: pull of " + fetch.name())));
    if (!underWay.awaitQuiet(CLOSE_TIMEOUT)) {
      log.warn("pulls of the image service did not end within {}", CLOSE_TIMEOUT);
    }
    durable.close();
    pulse.close();
    if (ownExecutor != null) {
      ownExecutor.shutdown();
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
    private IdSource ids = IdSource.random();
    private InstantSource clock = InstantSource.system();
    private int parallelLayers = 3;
    private int parallelTransfers = 6;
    private int parallelTransfersPerRegistry = 4;
    private boolean hasSources;
    private @Nullable ResumePolicy resume = ResumePolicy.DEFAULT;
    private @Nullable Quota quota;

    /** How many bytes a store may have, and who knows what has to stay. */
    private record Quota(long bytes, Supplier<Set<Digest>> inUse) {}

    private Builder(ImageStore store, LayerDisks disks) {
      this.store = store;
      this.disks = disks;
    }

    /** Where images are pulled from by reference: a registry client. None unless set. */
    public Builder sources(ImageSources sources) {
      this.sources = sources;
      this.hasSources = true;
      return this;
    }

    /**
     * Where images are looked up, and layers fetched and built; it stays the caller's to close. A
     * pull waits for it, so it must not be one whose threads all may be pulling. Unless set, the
     * service has its own threads, as many as {@link #parallelTransfers}.
     */
    public Builder executor(Executor executor) {
      this.executor = executor;
      return this;
    }

    /** How many layers of one image are fetched and built at once; 3 unless set. */
    public Builder parallelLayers(int parallelLayers) {
      this.parallelLayers = positive("parallelLayers", parallelLayers);
      return this;
    }

    /**
     * How many transfers there are at once in all; 6 unless set, or {@link #parallelLayers} if that
     * is more.
     */
    public Builder parallelTransfers(int parallelTransfers) {
      this.parallelTransfers = positive("parallelTransfers", parallelTransfers);
      return this;
    }

    /** How many of these go to one registry; 4 unless set. */
    public Builder parallelTransfersPerRegistry(int parallelTransfersPerRegistry) {
      this.parallelTransfersPerRegistry =
          positive("parallelTransfersPerRegistry", parallelTransfersPerRegistry);
      return this;
    }

    private static int positive(String what, int number) {
      if (number < 1) {
        throw new IllegalArgumentException(what + " must be positive: " + number);
      }
      return number;
    }

    /** Where the identifiers of requests come from; random unless set. */
    public Builder idSource(IdSource ids) {
      this.ids = ids;
      return this;
    }

    /** What the time is, for the age of requests; the system's clock unless set. */
    public Builder clock(InstantSource clock) {
      this.clock = clock;
      return this;
    }

    /**
     * Which of the {@linkplain RequestOptions#durable durable} requests that other services left
     * behind this one goes on with when it opens; as {@link ResumePolicy#DEFAULT} says unless set.
     * A service without sources leaves them to others.
     */
    public Builder resume(ResumePolicy policy) {
      this.resume = policy;
      return this;
    }

    /** Leaves the requests of other services alone until {@link ImageService#resume} is called. */
    public Builder resumeLater() {
      this.resume = null;
      return this;
    }

    /**
     * Keeps the store to a quota: after each pull that transferred something, the service
     * {@linkplain ImageStore#makeRoom makes room} on its executor. What fails is logged, and tried
     * again after the next pull. No quota unless set.
     *
     * @param quotaBytes as for {@link ImageStore#makeRoom}
     * @param inUse as for {@link ImageStore#collect}: what containers use, or {@code Set::of} where
     *     there are none
     */
    public Builder quota(long quotaBytes, Supplier<Set<Digest>> inUse) {
      if (quotaBytes < 0) {
        throw new IllegalArgumentException("negative quota: " + quotaBytes);
      }
      this.quota = new Quota(quotaBytes, inUse);
      return this;
    }

    /** The service, which goes on with what others left. */
    public ImageService build() {
      ImageService service = new ImageService(this);
      if (hasSources && resume != null) {
        service.resumeAtOpen(resume);
      }
      return service;
    }
  }
}

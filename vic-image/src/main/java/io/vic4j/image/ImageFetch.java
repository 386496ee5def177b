package io.vic4j.image;

import io.vic4j.core.CancelledException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.Platform;
import io.vic4j.core.Progress;
import io.vic4j.core.ProgressTask;
import io.vic4j.core.VicException;
import io.vic4j.image.PullResult.PulledLayer;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One image on its way from a source into the scopes of all who asked for it. Thread-safe. */
final class ImageFetch implements LayerBatch.Owner {
  /*
   * LOOKING    The manifest: the source's reference, through an index to the platform's manifest.
   *            For whom the names stand for that manifest already, and all disks are there, that was
   *            all. The config, from the store if it is there. Now the layers are known. A lease on
   *            image and layers, and only then a look at what is there (see Collector).
   * FETCHING   The missing layers, a few at once, each in one pass: blob -> count, digest -> unpack,
   *            diff ID -> ext4 -> disk. A disk is published when all of it has been verified.
   * FINISHING  The seam; the image's metadata; the names: from here on the image is in the scopes. A
   *            last look at the disks, for the case that the lease ran out: what is gone is fetched
   *            again.
   * ENDING     The lease and the source are let go, and the askers told.
   *
   * LOOKING and FINISHING are jobs of the queue, FETCHING is a batch of them. The end of each starts
   * the next, so no thread waits for another. Whatever is called, is called without the lock.
   */

  private static final Logger log = LoggerFactory.getLogger(ImageFetch.class);
  private static final Duration LEASE_RENEWAL = Duration.ofMinutes(1);
  private static final int ATTEMPTS = 3;

  private enum Phase {
    NEW,
    LOOKING,
    FETCHING,
    FINISHING,
    ENDING
  }

  private final ImageService service;
  private final ImageOrigin origin;
  private final Platform platform;
  private final ProgressBoard board = new ProgressBoard();
  private final long began = System.nanoTime();
  private final Askers askers = new Askers();
  private Phase phase = Phase.NEW;
  private JobQueue.@Nullable Job job;
  private @Nullable LayerBatch batch;
  private @Nullable RuntimeException failure;
  private @Nullable PullResult result;

  // Set in one phase, and read in those that follow.
  private @Nullable SharedSource source;
  private @Nullable Pull pull;
  private @Nullable ProgressTask task;
  private Pull.@Nullable Content content;
  private @Nullable ImageLease lease;
  private Pulse.@Nullable Beat renewal;
  private Map<Digest, PulledLayer> layers = new HashMap<>();
  private List<ImageLayer> missing = List.of();
  private int attempt = 1;

  ImageFetch(ImageService service, ImageOrigin origin, Platform platform) {
    this.service = service;
    this.origin = origin;
    this.platform = platform;
  }

  String name() {
    return origin.name();
  }

  Optional<ImageReference> reference() {
    return origin.reference();
  }

  ProgressBoard board() {
    return board;
  }

  synchronized boolean hasBegun() {
    return task != null;
  }

  /** One more asker; false if it is too late for that. */
  boolean join(ImageRequest asker) {
    synchronized (this) {
      if (!askers.add(asker)) {
        return false;
      }
      asker.isPartOf(this);
    }
    raise(asker.priority());
    return true;
  }

  @Override
  public synchronized Priority priority() {
    return askers.priority();
  }

  void raise(Priority atLeast) {
    JobQueue.Job raisedJob;
    LayerBatch raisedBatch;
    synchronized (this) {
      raisedJob = job;
      raisedBatch = batch;
    }
    if (raisedJob != null) {
      raisedJob.raise(atLeast);
    }
    if (raisedBatch != null) {
      raisedBatch.raise(atLeast);
    }
  }

  /** An asker gives up; the last one takes the fetch with it. */
  void leave(ImageRequest asker) {
    Askers.Leaving leaving;
    synchronized (this) {
      leaving = phase == Phase.ENDING ? Askers.Leaving.UNKNOWN : askers.leave(asker);
    }
    switch (leaving) {
      case LAST -> fail(cancelled("pull of " + name()));
      case GONE -> service.failed(asker, cancelled("pull of " + name()));
      case UNKNOWN -> {}
    }
  }

  private static CancelledException cancelled(String work) {
    return new CancelledException("cancelled: " + work);
  }

  /** Gives up what is under way; the first reason counts. */
  void fail(RuntimeException reason) {
    JobQueue.Job failedJob;
    LayerBatch failedBatch;
    synchronized (this) {
      if (phase == Phase.ENDING || result != null) {
        return; // What has come is not taken back.
      }
      askers.close();
      failure = failure == null ? reason : failure;
      failedJob = job;
      failedBatch = batch;
    }
    if (failedBatch != null) {
      failedBatch.fail(reason);
    }
    if (failedJob != null && failedJob.cancel()) {
      proceed();
    }
  }

  /** Starts it; called once, by who made it. */
  void begin() {
    synchronized (this) {
      phase = Phase.LOOKING;
    }
    start(service.queue().job(origin.registry(), priority(), new Step(this::look)));
  }

  private void start(JobQueue.Job next) {
    boolean failed;
    synchronized (this) {
      job = next;
      failed = failure != null;
    }
    if (failed && next.cancel()) {
      proceed();
    } else {
      next.start();
    }
  }

  /** A phase that is one job. */
  private final class Step implements JobQueue.Work {
    private final Runnable body;

    private Step(Runnable body) {
      this.body = body;
    }

    @Override
    public void run() {
      try {
        body.run();
      } catch (RuntimeException e) {
        failed(e);
      } catch (Error e) {
        failed(new IllegalStateException("pull of " + name() + " failed", e));
        throw e;
      } finally {
        proceed();
      }
    }

    @Override
    public void refused(CancelledException why) {
      failed(why);
      proceed();
    }
  }

  private synchronized void failed(RuntimeException e) {
    askers.close();
    if (failure == null) {
      failure = e;
    }
  }

  @Override
  public void batchEnded(@Nullable RuntimeException why) {
    synchronized (this) {
      layers.putAll(Objects.requireNonNull(batch).made());
      batch = null;
    }
    if (why != null) {
      failed(why);
    }
    proceed();
  }

  /** Goes on from a phase that has ended to the next. */
  private void proceed() {
    Phase next;
    LayerBatch nextBatch = null;
    synchronized (this) {
      job = null;
      boolean end = failure != null || result != null;
      boolean fetch = phase == Phase.LOOKING || !missing.isEmpty();
      next = end ? Phase.ENDING : fetch ? Phase.FETCHING : Phase.FINISHING;
      phase = next;
      if (next == Phase.ENDING) {
        askers.close();
      } else if (next == Phase.FETCHING) {
        nextBatch =
            new LayerBatch(
                service.layers(),
                service.parallelLayers(),
                this,
                Objects.requireNonNull(pull),
                Objects.requireNonNull(source),
                origin.registry(),
                Objects.requireNonNull(task));
        batch = nextBatch;
      }
    }
    if (next == Phase.ENDING) {
      end();
    } else if (nextBatch != null) {
      nextBatch.start(takeMissing());
    } else {
      start(service.queue().lastStep(new Step(this::finish)));
    }
  }

  private synchronized List<ImageLayer> takeMissing() {
    List<ImageLayer> taken = missing;
    missing = List.of();
    return taken;
  }

  private void look() {
    CancelledException.throwIfInterrupted("pull of", name());
    SharedSource opened = origin.open();
    ProgressTask begun = Progress.to(board).begin("image " + opened.source().name());
    Pull steps =
        new Pull(
            service.store(),
            service.disks(),
            opened.source(),
            origin.reference().orElse(null),
            platform);
    synchronized (this) {
      source = opened;
      task = begun;
      pull = steps;
    }
    Manifests.Resolved resolved = steps.resolve();
    if (areAllServed(steps, resolved, begun)) {
      return;
    }
    Pull.Content all = steps.content(resolved);
    ImageLease taken = service.store().lease(all.image().id(), all.image().diffIds());
    synchronized (this) {
      content = all;
      lease = taken;
      renewal = service.pulse().every(LEASE_RENEWAL, "lease for " + name(), taken::renew);
    }
    lookForLayers(steps, all.image(), begun);
  }

  /** Tells those who have the image already; true if that are all, and nobody comes any more. */
  private boolean areAllServed(Pull steps, Manifests.Resolved resolved, ProgressTask begun) {
    List<ImageRequest> all;
    synchronized (this) {
      all = askers.list();
    }
    for (ImageRequest asker : all) {
      Optional<Image> image = steps.findComplete(asker.scope(), asker.names(), resolved);
      if (image.isEmpty()) {
        continue;
      }
      Map<Digest, PulledLayer> found = steps.found(image.get());
      found.values().forEach(layer -> Pull.announceThere(begun, layer));
      PullResult there = Pull.result(image.get(), image.get(), found, began);
      Askers.Leaving leaving;
      synchronized (this) {
        leaving = askers.leave(asker);
        if (leaving == Askers.Leaving.LAST) {
          result = there;
          return true;
        }
      }
      if (leaving == Askers.Leaving.GONE) {
        service.done(asker, there);
      }
    }
    return false;
  }

  private void lookForLayers(Pull steps, Image image, ProgressTask begun) {
    Map<Digest, PulledLayer> found = steps.found(image);
    found.values().forEach(layer -> Pull.announceThere(begun, layer));
    Map<Digest, ImageLayer> absent = new LinkedHashMap<>();
    for (ImageLayer layer : image.layers()) {
      if (!found.containsKey(layer.diffId())) {
        absent.put(layer.diffId(), layer);
      }
    }
    synchronized (this) {
      layers = new HashMap<>(found);
      missing = List.copyOf(absent.values());
    }
  }

  private void finish() {
    Pull steps;
    Pull.Content all;
    ProgressTask begun;
    Map<Digest, PulledLayer> come;
    synchronized (this) {
      steps = Objects.requireNonNull(pull);
      all = Objects.requireNonNull(content);
      begun = Objects.requireNonNull(task);
      come = Map.copyOf(layers);
    }
    Image image = all.image();
    steps.makeSeam(image, come, begun);
    Image stored = steps.add(all);
    nameForAll(steps, all);
    if (steps.isWhole(image, steps.found(image))) {
      synchronized (this) {
        result = Pull.result(stored, image, come, began);
      }
    } else if (attempt++ == ATTEMPTS) {
      throw new ConflictException(
          "the layer disks of " + name() + " are removed as fast as they are made");
    } else {
      lookForLayers(steps, image, begun);
    }
  }

  /** Names the image for all askers, also for those who come meanwhile; then nobody comes. */
  private void nameForAll(Pull steps, Pull.Content all) {
    Set<ImageRequest> named = new HashSet<>();
    while (true) {
      List<ImageRequest> next;
      synchronized (this) {
        next = askers.others(named);
      }
      if (next.isEmpty()) {
        return;
      }
      for (ImageRequest asker : next) {
        named.add(asker);
        try {
          steps.name(asker.scope(), asker.names(), all);
        } catch (VicException e) {
          failForOne(asker, e);
        }
      }
    }
  }

  private void failForOne(ImageRequest asker, VicException e) {
    boolean failed;
    synchronized (this) {
      failed = askers.fail(asker, e);
    }
    if (failed) {
      service.failed(asker, e);
    }
  }

  /** Lets go of everything, and tells the askers. */
  private void end() {
    ImageLease endedLease;
    Pulse.Beat endedRenewal;
    SharedSource endedSource;
    ProgressTask endedTask;
    synchronized (this) {
      endedLease = lease;
      endedRenewal = renewal;
      endedSource = source;
      endedTask = task;
    }
    boolean interrupted = Thread.interrupted(); // It must not keep us from tidying up.
    try {
      if (endedRenewal != null) {
        endedRenewal.close();
      }
      if (endedLease != null) {
        endedLease.close();
      }
      if (endedSource != null) {
        endedSource.release();
      }
    } catch (RuntimeException e) {
      log.warn("could not end the lease for {}; it runs out", name(), e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    tellAll(endedTask);
  }

  private void tellAll(@Nullable ProgressTask endedTask) {
    RuntimeException why;
    PullResult what;
    List<ImageRequest> all;
    synchronized (this) {
      why = failure;
      what = result;
      all = askers.list();
    }
    if (endedTask != null) {
      if (why == null) {
        endedTask.complete();
      }
      endedTask.close();
    }
    service.forget(this);
    for (ImageRequest asker : all) {
      if (why != null) {
        service.failed(asker, why);
      } else {
        service.done(asker, Objects.requireNonNull(what));
      }
    }
  }
}

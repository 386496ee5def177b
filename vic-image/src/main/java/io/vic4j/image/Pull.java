package io.vic4j.image;

import io.vic4j.core.CancelledException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.ProgressTask;
import io.vic4j.core.UnsupportedException;
import io.vic4j.image.PullResult.PulledLayer;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One image on its way from a source into a scope. */
final class Pull {
  /*
   * 1. The manifest: the source's reference, through an index to the platform's manifest. If the
   *    names stand for that manifest already and all disks are there, that was all.
   * 2. The config, from the store if it is there. Now the layers are known.
   * 3. A lease on image and layers, and only then a look at what is there (see Collector).
   * 4. The missing layers, a few at once, each in one pass: blob -> count, digest -> unpack, diff ID
   *    -> ext4 -> disk. A disk is published by LayerDisks when all of it has been verified.
   * 5. The seam, if the layers leave directories implied: it can be made of the disks alone.
   * 6. The image's metadata, then the names: from here on the image is in the scope.
   * 7. A last look at the disks, for the case that the lease ran out. What is gone is made again.
   */

  private static final Logger log = LoggerFactory.getLogger(Pull.class);
  private static final Duration HEARTBEAT = Duration.ofMinutes(1);
  private static final int ATTEMPTS = 3;

  private final ImageService service;
  private final ImageStore store;
  private final LayerDisks disks;
  private final ImageScope scope;
  private final ImageSource source;
  private final Manifests manifests;
  private final @Nullable ImageReference reference;
  private final PullOptions options;
  private final List<ImageReference> names;

  Pull(
      ImageService service,
      ImageScope scope,
      ImageSource source,
      @Nullable ImageReference reference,
      PullOptions options) {
    this.service = service;
    this.store = service.store();
    this.disks = service.disks();
    this.scope = scope;
    this.source = source;
    this.manifests = new Manifests(source);
    this.reference = reference;
    this.options = options;
    this.names =
        options.names().isEmpty() && reference != null ? List.of(reference) : options.names();
  }

  PullResult run(Progress progress) {
    long began = System.nanoTime();
    try (ProgressTask task = progress.begin("image " + source.name())) {
      Manifests.Resolved resolved = manifests.resolve(reference, options.platform());
      PullResult there = findComplete(resolved, began, task);
      PullResult result = there != null ? there : fetch(resolved, began, task);
      task.complete();
      return result;
    }
  }

  /** The image, if all names stand for this manifest of it and all its disks are there. */
  private @Nullable PullResult findComplete(
      Manifests.Resolved resolved, long began, ProgressTask task) {
    Digest imageId = null;
    for (ImageReference name : names) {
      Optional<NamedImage> named = scope.resolve(name);
      boolean same =
          named.isPresent()
              && named.get().name().equals(name)
              && named.get().manifestDigest().equals(resolved.manifest().digest())
              && named.get().resolvedDigest().equals(resolved.top().digest());
      if (!same) {
        return null;
      }
      imageId = named.get().imageId();
    }
    Image image = imageId == null ? null : findWhole(imageId).orElse(null);
    if (image == null || !PlatformChoice.fits(options.platform(), image.platform())) {
      return null;
    }
    Map<Digest, PulledLayer> found = found(image);
    if (!isWhole(image, found)) {
      return null;
    }
    found.values().forEach(layer -> announceThere(task, layer));
    return result(image, image, found, began);
  }

  /** The image if its metadata is there and whole; what is damaged is fetched again. */
  private Optional<Image> findWhole(Digest imageId) {
    try {
      return store.find(imageId);
    } catch (CorruptException e) {
      log.warn("image {} is damaged in the store, it is fetched again", imageId, e);
      return Optional.empty();
    }
  }

  private PullResult fetch(Manifests.Resolved resolved, long began, ProgressTask task) {
    RawManifest raw =
        resolved.top().digest().equals(resolved.manifest().digest())
            ? resolved.top()
            : manifests.fetch(resolved.manifest());
    Descriptor configBlob = ImageManifest.parse(raw).config();
    Bytes config =
        findWhole(configBlob.digest()).isPresent()
            ? store.config(configBlob.digest())
            : manifests.config(configBlob);
    Image image = Image.parse(raw, config, source.name());
    manifests.requirePlatform(image, options.platform());
    try (ImageLease lease = store.lease(image.id(), image.diffIds())) {
      Map<Digest, PulledLayer> layers = new LinkedHashMap<>();
      fetchMissing(image, layers, lease, task);
      disks.seam(inOrder(image, layers), task);
      Image stored = store.add(raw, config, source.name());
      name(image, resolved.top().digest());
      for (int attempt = 1; !isWhole(image, found(image)); attempt++) {
        if (attempt == ATTEMPTS) {
          throw new ConflictException(
              "the layer disks of " + source.name() + " are removed as fast as they are made");
        }
        layers.clear();
        fetchMissing(image, layers, lease, task);
        disks.seam(inOrder(image, layers), task);
      }
      return result(stored, image, layers, began);
    }
  }

  private void name(Image image, Digest resolved) {
    for (ImageReference name : names) {
      scope.tag(new NamedImage(name, image.id(), image.manifestDigest(), resolved));
    }
    if (names.isEmpty()) {
      scope.keep(image.id());
    }
  }

  /** Whether nothing is missing: no layer, and no seam if there has to be one. */
  private boolean isWhole(Image image, Map<Digest, PulledLayer> found) {
    return found.keySet().containsAll(image.diffIds()) && disks.hasSeam(inOrder(image, found));
  }

  private static List<LayerDisk> inOrder(Image image, Map<Digest, PulledLayer> layers) {
    return image.diffIds().stream()
        .map(diffId -> Objects.requireNonNull(layers.get(diffId)).disk())
        .toList();
  }

  /** The layers whose disks are there. */
  private Map<Digest, PulledLayer> found(Image image) {
    Map<Digest, PulledLayer> found = new LinkedHashMap<>();
    for (ImageLayer layer : image.layers()) {
      long began = System.nanoTime();
      disks
          .find(layer.diffId())
          .ifPresent(
              disk -> found.put(layer.diffId(), new PulledLayer(layer, disk, 0, since(began))));
    }
    return found;
  }

  private void fetchMissing(
      Image image, Map<Digest, PulledLayer> layers, ImageLease lease, ProgressTask task) {
    layers.putAll(found(image));
    layers.values().forEach(layer -> announceThere(task, layer));
    Map<Digest, PulledLayer> made = new ConcurrentHashMap<>();
    Map<Digest, Runnable> missing = new LinkedHashMap<>();
    for (ImageLayer layer : image.layers()) {
      if (!layers.containsKey(layer.diffId())) {
        missing.put(layer.diffId(), () -> made.put(layer.diffId(), make(layer, task)));
      }
    }
    service.runAll("pull of " + source.name(), List.copyOf(missing.values()), HEARTBEAT, lease);
    layers.putAll(made);
  }

  private static void announceThere(ProgressTask parent, PulledLayer there) {
    ImageLayer layer = there.layer();
    try (ProgressTask task =
        parent.begin(taskName(layer) + " (already there)", layer.blob().sizeBytes())) {
      task.complete();
    }
  }

  private static String taskName(ImageLayer layer) {
    return "layer " + layer.diffId().shortHex();
  }

  private PulledLayer make(ImageLayer layer, ProgressTask parent) {
    long began = System.nanoTime();
    LongAdder transferred = new LongAdder();
    CancelledException.throwIfInterrupted("pull of " + source.name());
    try (ProgressTask task = parent.begin(taskName(layer), layer.blob().sizeBytes())) {
      LayerDisk disk =
          disks.build(layer.diffId(), () -> open(layer, task, transferred), Progress.NONE);
      task.complete();
      return new PulledLayer(layer, disk, transferred.sum(), since(began));
    }
  }

  private InputStream open(ImageLayer layer, ProgressTask task, LongAdder transferred) {
    Descriptor blob = layer.blob();
    String what = "layer " + blob.digest() + " of " + source.name();
    InputStream in;
    try {
      in = source.blob(blob);
    } catch (NotFoundException e) {
      if (MediaTypes.isForeignLayer(blob.mediaType())) {
        throw new UnsupportedException(
            what
                + " is a foreign layer ('"
                + blob.mediaType()
                + "'), which its source does not have; such layers are not fetched elsewhere",
            e);
      }
      throw e;
    }
    return new BlobStream(
        what,
        blob,
        in,
        bytes -> {
          task.advance(bytes);
          transferred.add(bytes);
        });
  }

  private static PullResult result(
      Image stored, Image pulled, Map<Digest, PulledLayer> layers, long began) {
    List<PulledLayer> inOrder = new ArrayList<>();
    for (ImageLayer layer : pulled.layers()) {
      PulledLayer done = layers.get(layer.diffId());
      if (done != null) {
        inOrder.add(done);
      }
    }
    return new PullResult(stored, inOrder, since(began));
  }

  private static Duration since(long nanoTime) {
    return Duration.ofNanos(System.nanoTime() - nanoTime);
  }
}

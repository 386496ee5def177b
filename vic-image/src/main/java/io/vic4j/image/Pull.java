package io.vic4j.image;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Platform;
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
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The steps by which one image comes from its source into a store and into scopes. Each of them
 * blocks until it is done; in which order they are taken, {@link ImageFetch} says.
 */
final class Pull {
  private static final Logger log = LoggerFactory.getLogger(Pull.class);

  private final ImageStore store;
  private final LayerDisks disks;
  private final ImageSource source;
  private final Manifests manifests;
  private final @Nullable ImageReference reference;
  private final Platform platform;

  Pull(
      ImageStore store,
      LayerDisks disks,
      ImageSource source,
      @Nullable ImageReference reference,
      Platform platform) {
    this.store = store;
    this.disks = disks;
    this.source = source;
    this.manifests = new Manifests(source);
    this.reference = reference;
    this.platform = platform;
  }

  /**
   * What an image is, before any layer is fetched.
   *
   * @param resolved what its reference leads to: the digest of an index, or of the manifest
   */
  record Content(RawManifest manifest, Bytes config, Image image, Digest resolved) {}

  /** The manifest that the source's reference leads to. */
  Manifests.Resolved resolve() {
    return manifests.resolve(reference, platform);
  }

  /** The image, if all names stand for this manifest of it and all its disks are there. */
  Optional<Image> findComplete(
      ImageScope scope, List<ImageReference> names, Manifests.Resolved resolved) {
    Digest imageId = null;
    for (ImageReference name : names) {
      Optional<NamedImage> named = scope.resolve(name);
      boolean same =
          named.isPresent()
              && named.get().name().equals(name)
              && named.get().manifestDigest().equals(resolved.manifest().digest())
              && named.get().resolvedDigest().equals(resolved.top().digest());
      if (!same) {
        return Optional.empty();
      }
      imageId = named.get().imageId();
    }
    return Optional.ofNullable(imageId)
        .flatMap(this::findWhole)
        .filter(image -> PlatformChoice.fits(platform, image.platform()))
        .filter(image -> isWhole(image, found(image)));
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

  /** Manifest and config, from the source where the store does not have them. */
  Content content(Manifests.Resolved resolved) {
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
    manifests.requirePlatform(image, platform);
    return new Content(raw, config, image, resolved.top().digest());
  }

  /** Puts the image's metadata into the store. */
  Image add(Content content) {
    return store.add(content.manifest, content.config, source.name());
  }

  /** Gives the image its names in a scope, or keeps it there without one. */
  void name(ImageScope scope, List<ImageReference> names, Content content) {
    Image image = content.image;
    for (ImageReference name : names) {
      scope.tag(new NamedImage(name, image.id(), image.manifestDigest(), content.resolved));
    }
    if (names.isEmpty()) {
      scope.keep(image.id());
    }
  }

  /** Whether nothing is missing: no layer, and no seam if there has to be one. */
  boolean isWhole(Image image, Map<Digest, PulledLayer> found) {
    return found.keySet().containsAll(image.diffIds()) && disks.hasSeam(inOrder(image, found));
  }

  /** Makes the seam, if the layers leave directories implied: of the disks alone. */
  void makeSeam(Image image, Map<Digest, PulledLayer> layers, Progress progress) {
    disks.seam(inOrder(image, layers), progress);
  }

  private static List<LayerDisk> inOrder(Image image, Map<Digest, PulledLayer> layers) {
    return image.diffIds().stream()
        .map(diffId -> Objects.requireNonNull(layers.get(diffId)).disk())
        .toList();
  }

  /** The layers whose disks are there. */
  Map<Digest, PulledLayer> found(Image image) {
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

  static void announceThere(ProgressTask parent, PulledLayer there) {
    ImageLayer layer = there.layer();
    try (ProgressTask task =
        parent.begin(taskName(layer) + " (already there)", layer.blob().sizeBytes())) {
      task.complete();
    }
  }

  static String taskName(ImageLayer layer) {
    return "layer " + layer.diffId().shortHex();
  }

  /** The blob of a layer, verified as it is read. */
  InputStream open(ImageLayer layer, LongConsumer progress) {
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
                + "'), which its source does not have; a registry client may be told from where to"
                + " fetch such layers",
            e);
      }
      throw e;
    }
    return new BlobStream(what, blob, in, progress);
  }

  static PullResult result(
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

  static Duration since(long nanoTime) {
    return Duration.ofNanos(System.nanoTime() - nanoTime);
  }
}

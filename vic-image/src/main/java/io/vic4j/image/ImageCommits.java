package io.vic4j.image;

import io.vic4j.core.Digest;
import io.vic4j.core.IdSource;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.Staging;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes images of images that are in a store: with one more layer, or with another config alone.
 *
 * <p>The new layer's disk is in the store like any other, so the image can be run, and {@linkplain
 * StoredImages given away}. The same image, content, options and time make the same image.
 *
 * <p>Immutable and thread-safe.
 */
public final class ImageCommits {
  /*
   * As a pull does it: under leases, which keep collections away from the layers of the old image
   * and of the new one, the disk is made, then the seam, then the metadata; a name in the scope
   * comes last. Until then nobody sees anything, and what is left of a failure is collected.
   */
  private static final Logger log = LoggerFactory.getLogger(ImageCommits.class);

  private final Datastore datastore;
  private final ImageStore store;
  private final LayerDisks disks;
  private final IdSource ids;

  private ImageCommits(Datastore datastore, ImageStore store, LayerDisks disks, IdSource ids) {
    this.datastore = datastore;
    this.store = store;
    this.disks = disks;
    this.ids = ids;
  }

  /**
   * Makes images in this store.
   *
   * @param disks the layer disks on the same datastore
   * @param ids where the names of temporary folders come from
   */
  public static ImageCommits in(
      Datastore datastore, ImageStore store, LayerDisks disks, IdSource ids) {
    return new ImageCommits(datastore, store, disks, ids);
  }

  /**
   * Makes an image of another one. Its layer takes room below {@code tmp/} on the datastore while
   * it is made. After a failure the scope is as it was.
   *
   * @param scope where it gets its name, or is kept without one
   * @param base the image it is made of
   * @param changes what its new layer holds; empty if it has none, which its history tells
   * @param time when it is made
   * @param source where it comes from, for people
   * @param progress gets a task if the layer's disk has to be made
   * @throws NotFoundException if the image or a layer of it is not there any more
   * @throws io.vic4j.core.OutOfSpaceException if the datastore is full
   * @throws io.vic4j.core.CancelledException if the thread is interrupted
   */
  public Image commit(
      ImageScope scope,
      Image base,
      Optional<LayerContent> changes,
      CommitOptions options,
      Instant time,
      String source,
      Progress progress) {
    List<ImageLease> leases = new ArrayList<>();
    try (Staging.Work work = Staging.in(datastore, ids).begin()) {
      leases.add(store.lease(base.id(), base.diffIds()));
      List<LayerDisk> stack = new ArrayList<>();
      base.diffIds().forEach(diffId -> stack.add(require(base, diffId)));
      Optional<MadeLayer> layer =
          changes.map(
              content ->
                  MadeLayer.of(
                      "layer of " + source,
                      content,
                      false,
                      datastore,
                      work.folder().resolve("layer.tar")));
      leases.forEach(ImageLease::renew);
      Bytes config =
          CommittedConfig.config(
              store.config(base.id()), layer.map(MadeLayer::diffId), options, time);
      RawManifest manifest = CommittedConfig.manifest(store.manifest(base.id()), config, layer);
      List<Digest> diffIds =
          Stream.concat(base.diffIds().stream(), layer.map(MadeLayer::diffId).stream()).toList();
      leases.add(store.lease(Digest.sha256(config.toArray()), diffIds));
      layer.ifPresent(made -> stack.add(build(made, progress)));
      leases.forEach(ImageLease::renew);
      disks.seam(stack, progress);
      Image image = store.add(manifest, config, source);
      options.name().ifPresentOrElse(name -> scope.tag(name, image), () -> scope.keep(image.id()));
      return image;
    } finally {
      release(leases);
    }
  }

  /** Never fails: the image is there, or is not, and a lease that nobody renews runs out. */
  private static void release(List<ImageLease> leases) {
    boolean interrupted = Thread.interrupted(); // It must not keep us from that.
    for (ImageLease lease : leases) {
      try {
        lease.close();
      } catch (VicException e) {
        log.warn("a lease on an image stays until it runs out", e);
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private LayerDisk build(MadeLayer layer, Progress progress) {
    Optional<LayerDisk> there = disks.find(layer.diffId());
    if (there.isPresent()) {
      return there.get();
    }
    LayerDisk disk = disks.build(layer.diffId(), () -> datastore.read(layer.file()), progress);
    return disk;
  }

  private LayerDisk require(Image image, Digest diffId) {
    return disks
        .find(diffId)
        .orElseThrow(
            () ->
                new NotFoundException(
                    "layer disk",
                    diffId.toString(),
                    "layer disk not found: "
                        + diffId
                        + " of image "
                        + image.id()
                        + "; pull the image again",
                    null));
  }
}

package io.vic4j.image;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes what nobody needs any more, while others go on to use the store. */
final class Collector {
  /*
   * There are no locks, so what is needed can change at any moment. The order of steps makes up for
   * that. A puller (or who names an image that is there)
   *
   *   1. publishes a lease that names the image and its layers,
   *   2. looks which of them are there, and makes those that are not,
   *   3. lets a scope refer to the image, or a container use it,
   *   4. ends the lease;
   *
   * the collector
   *
   *   a. moves what seems unneeded to trash/, where nobody finds it,
   *   b. lists the leases, and then the scopes and what containers use,
   *   c. moves back what is needed after all, and deletes the rest.
   *
   * If a puller found a thing at 2, his lease was there before the move at a. Then at b either the
   * lease is still there, or it ended, and then the scope has been referring to the image, or the
   * container using it, since before the leases were listed: one of the lists shows the need. If he
   * did not find it, he makes it anew, and what comes back from trash/ finds its place taken and is
   * dropped; or he moves it back himself, which only one of the two can do.
   *
   * What is deleted is first moved on to tmp/, so whatever is in trash/ is whole. If a collector
   * dies between a and c, the next one, or the next who opens the store, moves everything in trash/
   * back; so does one that runs at the same time, and then the first deletes less than it might.
   *
   * A lease runs out if its holder gives no sign of life for EXPIRY. Should he be alive after all,
   * step 3 is followed by a look whether the layers are still there (see Pull): if the move at a
   * came before that look he sees it, and makes the layer again; if not, b sees the scope.
   */

  /** How long a lease holds at least that is not renewed. */
  static final Duration EXPIRY = Duration.ofMinutes(15);

  private static final Logger log = LoggerFactory.getLogger(Collector.class);

  private final DatastoreImageStore store;
  private final Trash trash;
  private final LayerDisks disks;
  private final Duration expiry;

  Collector(DatastoreImageStore store, Trash trash, LayerDisks disks, Duration staleAfter) {
    this.store = store;
    this.trash = trash;
    this.disks = disks;
    this.expiry = staleAfter.compareTo(EXPIRY) > 0 ? staleAfter : EXPIRY;
  }

  Duration leaseExpiry() {
    return expiry;
  }

  /** Something that seems unneeded, and its place. */
  private record Candidate<T>(Digest id, T subject, DatastorePath place) {}

  /** What {@link #collect} would remove, if nothing changed meanwhile. Moves nothing. */
  CollectedImages plan(Supplier<Set<Digest>> inUse, Set<Digest> without) {
    Needs all = needs(inUse);
    Set<Digest> scoped = new HashSet<>(all.scoped);
    scoped.removeAll(without);
    Needs needs = new Needs(all.leased, scoped, all.inUse);
    Set<Digest> neededLayers = layersOf(needs);
    List<Digest> images = store.folders().ids().stream().filter(id -> !needs.isNeeded(id)).toList();
    List<Digest> layers =
        disks.list().stream()
            .filter(disk -> !isNeeded(disk, neededLayers))
            .map(LayerDisk::diffId)
            .sorted()
            .toList();
    Set<Digest> gone = Set.copyOf(images);
    return new CollectedImages(images, layers, store.unneededBlobs(id -> !gone.contains(id)));
  }

  CollectedImages collect(Supplier<Set<Digest>> inUse) {
    trash.restoreAll();
    Needs needs = needs(inUse);
    Set<Digest> neededLayers = layersOf(needs);

    List<Candidate<Digest>> images = new ArrayList<>();
    for (Digest id : store.folders().ids()) {
      if (!needs.isNeeded(id)) {
        images.add(new Candidate<>(id, id, ImageFolders.folder(id)));
      }
    }
    List<Digest> goneImages = remove(images, () -> needs(inUse)::isNeeded);

    List<Candidate<LayerDisk>> layers = new ArrayList<>();
    for (LayerDisk disk : disks.list()) {
      if (!isNeeded(disk, neededLayers)) {
        layers.add(new Candidate<>(disk.diffId(), disk, disk.path().parent()));
      }
    }
    List<Digest> goneLayers =
        remove(
            layers,
            () -> {
              Set<Digest> needed = layersOf(needs(inUse));
              return disk -> isNeeded(disk, needed);
            });
    return new CollectedImages(goneImages, goneLayers, store.collectBlobs());
  }

  private <T> List<Digest> remove(List<Candidate<T>> candidates, Supplier<Predicate<T>> neededNow) {
    List<Candidate<T>> moved = new ArrayList<>();
    Predicate<T> needed;
    try {
      for (Candidate<T> candidate : candidates) {
        if (trash.put(candidate.place)) {
          moved.add(candidate);
        }
      }
      needed = neededNow.get();
    } catch (RuntimeException e) {
      restore(moved, e);
      throw e;
    }
    List<Digest> gone = new ArrayList<>();
    for (Candidate<T> candidate : moved) {
      if (needed.test(candidate.subject)) {
        trash.restore(candidate.place);
      } else if (trash.delete(candidate.place)) {
        log.debug("collected '{}'", candidate.place);
        gone.add(candidate.id);
      }
    }
    gone.sort(null);
    return gone;
  }

  private <T> void restore(List<Candidate<T>> moved, RuntimeException failure) {
    for (Candidate<T> candidate : moved) {
      try {
        trash.restore(candidate.place);
      } catch (RuntimeException e) {
        failure.addSuppressed(e);
      }
    }
  }

  private static boolean isNeeded(LayerDisk disk, Set<Digest> needed) {
    return needed.contains(disk.diffId())
        || (isOfSeveral(disk) && needed.containsAll(disk.layers()));
  }

  /** Whether it was packed or flattened, for whom nobody knows; the seam of an image is known. */
  private static boolean isOfSeveral(LayerDisk disk) {
    return disk.layers().size() > 1 && !disk.diffId().equals(LayerDisks.seamId(disk.layers()));
  }

  /**
   * What is needed.
   *
   * @param leased by whom has a lease
   * @param scoped the images of scopes
   * @param inUse the images and layers of containers
   */
  private record Needs(Leases.Needed leased, Set<Digest> scoped, Set<Digest> inUse) {
    boolean isNeeded(Digest imageId) {
      return leased.images().contains(imageId)
          || scoped.contains(imageId)
          || inUse.contains(imageId);
    }
  }

  private Needs needs(Supplier<Set<Digest>> inUse) {
    Leases.Needed leased = store.leases().needed(store.leases().now().minus(expiry));
    Set<Digest> scoped = new HashSet<>();
    for (VchName vch : store.scopeFolders()) {
      scoped.addAll(store.scope(vch).imageIds());
    }
    return new Needs(leased, scoped, Set.copyOf(inUse.get()));
  }

  /**
   * Whether a scope has an image of which nothing is there. Where none has it any more, it was
   * removed and collected by others since the scopes were read.
   */
  private boolean isLost(Digest id, Set<Digest> layers) {
    return store.scopeFolders().stream().anyMatch(vch -> store.scope(vch).imageIds().contains(id))
        && !addLayers(id, layers);
  }

  private Set<Digest> layersOf(Needs needs) {
    Set<Digest> layers = new HashSet<>(needs.leased.layers());
    for (Digest id : needs.leased.images()) {
      addLayers(id, layers);
    }
    for (Digest id : needs.scoped) {
      if (!addLayers(id, layers) && !needs.leased.images().contains(id) && isLost(id, layers)) {
        throw new CorruptException(
            "nothing can be collected: a scope has the image "
                + id
                + ", but its metadata is missing; pull it again, or remove it from the scope",
            null);
      }
    }
    for (Digest id : needs.inUse) {
      if (layers.add(id)) {
        addLayers(id, layers); // If it is an image: for most layers one need not look.
      }
    }
    return layers;
  }

  /** Adds the layers of an image; false if there is no such image. */
  private boolean addLayers(Digest imageId, Set<Digest> layers) {
    Optional<Image> found = store.folders().findAnywhere(imageId);
    found.ifPresent(
        image -> {
          layers.addAll(image.diffIds());
          layers.add(LayerDisks.seamId(image.diffIds()));
        });
    return found.isPresent();
  }
}

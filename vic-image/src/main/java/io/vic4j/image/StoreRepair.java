package io.vic4j.image;

import io.vic4j.core.CancelledException;
import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Platform;
import io.vic4j.core.Progress;
import io.vic4j.core.VchName;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.DatastorePath;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Puts away what is damaged, and fetches it again where its source is known. One repair. */
final class StoreRepair {
  private final ImageService service;
  private final ImageStore store;
  private final Progress progress;
  private final List<RepairReport.Repaired> repaired = new ArrayList<>();
  private final List<RepairReport.Left> left = new ArrayList<>();

  StoreRepair(ImageService service, Progress progress) {
    this.service = service;
    this.store = service.store();
    this.progress = progress;
  }

  RepairReport run() {
    StoreReport found = store.verify(progress);
    Set<Digest> damagedIds = new HashSet<>();
    found.damaged().forEach(entry -> entry.id().ifPresent(damagedIds::add));
    List<ScopedImage> uses = uses();
    Map<Digest, Image> known = new HashMap<>(); // As long as it can be read.
    uses.forEach(use -> read(use.imageId()).ifPresent(image -> known.put(image.id(), image)));
    List<DatastorePath> putAway = new ArrayList<>();
    for (DamagedEntry entry : found.damaged()) {
      if (!entry.isMissing()) {
        store.quarantine(entry).ifPresent(putAway::add);
      }
    }
    for (ScopedImage use : uses) {
      Optional<Image> image = Optional.ofNullable(known.get(use.imageId()));
      boolean damaged =
          image.isEmpty()
              || damagedIds.contains(use.imageId())
              || image.get().diffIds().stream().anyMatch(damagedIds::contains)
              || !service.isComplete(image.get());
      if (damaged) {
        repair(use, image);
      }
    }
    return new RepairReport(found, putAway, repaired, left);
  }

  private List<ScopedImage> uses() {
    List<ScopedImage> uses = new ArrayList<>();
    for (VchName vch : store.scopes()) {
      uses.addAll(store.scope(vch).uses());
    }
    return uses;
  }

  private Optional<Image> read(Digest imageId) {
    try {
      return store.find(imageId);
    } catch (VicException e) {
      if (e instanceof CancelledException) {
        throw e;
      }
      return Optional.empty();
    }
  }

  private void repair(ScopedImage use, Optional<Image> image) {
    try {
      ImageReference source = source(use, image);
      ImageScope scope = store.scope(use.vch());
      PullOptions options =
          new PullOptions(
              image.map(Image::platform).orElse(Platform.LINUX_AMD64),
              use.name().map(NamedImage::name).map(List::of).orElse(List.of(source)));
      PullResult result = service.pull(scope, source, options, progress);
      if (!result.image().id().equals(use.imageId())) {
        throw new NotFoundException("image", use.imageId() + " at " + source);
      }
      use.name().ifPresent(scope::tag); // Also what it was resolved from.
      if (use.name().isEmpty()) {
        scope.untag(source);
      }
      repaired.add(new RepairReport.Repaired(use, result.transferredBytes()));
    } catch (CancelledException e) {
      throw e;
    } catch (VicException e) {
      left.add(new RepairReport.Left(use, e));
    }
  }

  /** By its digest: what its tag leads to by now may be another image. */
  private static ImageReference source(ScopedImage use, Optional<Image> image) {
    Optional<Digest> manifest =
        image.map(Image::manifestDigest).or(() -> use.name().map(NamedImage::manifestDigest));
    if (manifest.isPresent()) {
      if (image.isPresent()) {
        try {
          ImageReference from = ImageReference.parse(image.get().source());
          return at(from, manifest.get());
        } catch (InvalidArgumentException e) {
          // It came from a file. What it is called may be where it can be had.
        }
      }
      if (use.name().isPresent()) {
        return at(use.name().get().name(), manifest.get());
      }
    }
    throw new NotFoundException(
        "source",
        use.imageId().toString(),
        "nobody knows where image " + use.imageId() + " came from; pull or import it again",
        null);
  }

  private static ImageReference at(ImageReference name, Digest manifest) {
    return ImageReference.parse(name.name() + "@" + manifest);
  }
}

package io.vic4j.image;

import io.vic4j.core.Digest;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The disks that make up an image. */
final class DiskStacks {
  private final LayerDisks disks;

  DiskStacks(LayerDisks disks) {
    this.disks = disks;
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

  /** All of them, lowest first, and a seam on top if there has to be one. */
  List<LayerDisk> of(Image image) {
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
}

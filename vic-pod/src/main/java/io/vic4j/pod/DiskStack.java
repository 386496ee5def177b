package io.vic4j.pod;

import io.vic4j.core.Digest;
import io.vic4j.image.Image;
import io.vic4j.storage.LayerDisk;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The disks that a VM gets for one image.
 *
 * @param imageId of which image
 * @param layers those of its layers, lowest first, packed or not
 * @param seam what goes on top of them, if there is a need of it
 */
record DiskStack(Digest imageId, List<LayerDisk> layers, Optional<LayerDisk> seam) {
  /** Copies the list. */
  DiskStack {
    layers = List.copyOf(layers);
  }

  /**
   * The disks of an image that are of use: a layer without entries changes nothing, and would take
   * a slot.
   *
   * @param disks those of its layers, then the seam, if there is one
   */
  static DiskStack of(Image image, List<LayerDisk> disks) {
    int count = image.layers().size();
    return new DiskStack(
        image.id(),
        disks.subList(0, count).stream().filter(disk -> disk.entries() > 0).toList(),
        disks.size() > count ? Optional.of(disks.get(count)) : Optional.empty());
  }

  /** How many there are. */
  int count() {
    return layers.size() + (seam.isPresent() ? 1 : 0);
  }

  /** All of them, lowest first. */
  List<LayerDisk> all() {
    return Stream.concat(layers.stream(), seam.stream()).toList();
  }
}

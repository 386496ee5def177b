package io.vic4j.image;

import io.vic4j.storage.LayerDisk;
import java.time.Duration;
import java.util.List;

/**
 * What a pull came to.
 *
 * @param image the image, which is in the scope now
 * @param layers its layers, lowest first, and how each came about
 * @param took how long the pull took
 */
public record PullResult(Image image, List<PulledLayer> layers, Duration took) {
  /** Copies the layers. */
  public PullResult {
    layers = List.copyOf(layers);
  }

  /**
   * How a layer came about.
   *
   * @param layer the layer
   * @param disk its disk
   * @param transferredBytes how many bytes of its blob this pull read; 0 if the disk was there, or
   *     somebody else made it meanwhile
   * @param took how long it took, waiting included
   */
  public record PulledLayer(
      ImageLayer layer, LayerDisk disk, long transferredBytes, Duration took) {
    /** Whether the disk was there already, so that nothing was transferred. */
    public boolean alreadyThere() {
      return transferredBytes == 0;
    }
  }

  /** How many bytes of layers this pull read from the source. */
  public long transferredBytes() {
    return layers.stream().mapToLong(PulledLayer::transferredBytes).sum();
  }

  /** How many layer disks this pull made. */
  public long layersBuilt() {
    return layers.stream().filter(layer -> !layer.alreadyThere()).count();
  }
}

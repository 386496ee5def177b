package io.vic4j.storage;

import io.vic4j.core.Digest;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Which layers a disk is to hold, and how.
 *
 * @param id what the disk will be found by
 * @param layers its layers, lowest first
 * @param overlaid whether it stands over other disks, so that whiteouts are kept
 */
record LayerDiskPlan(Digest id, List<LayerTar> layers, boolean overlaid) {
  static LayerDiskPlan layer(LayerTar layer) {
    return new LayerDiskPlan(layer.diffId(), List.of(layer), true);
  }

  static LayerDiskPlan pack(List<LayerTar> layers) {
    return several("pack", layers, true);
  }

  static LayerDiskPlan flat(List<LayerTar> layers) {
    return several("flat", layers, false);
  }

  private static LayerDiskPlan several(String kind, List<LayerTar> layers, boolean overlaid) {
    String all = layers.stream().map(layer -> "\n" + layer.diffId()).collect(Collectors.joining());
    return new LayerDiskPlan(Digest.sha256(kind + all), List.copyOf(layers), overlaid);
  }

  List<Digest> diffIds() {
    return layers.stream().map(LayerTar::diffId).toList();
  }

  UUID fileSystemUuid() {
    return uuid("ext4 file system");
  }

  UUID hashSeed() {
    return uuid("ext4 hash seed");
  }

  /** A name-based UUID. Source: RFC 9562, section 5.8 (version 8). */
  private UUID uuid(String use) {
    ByteBuffer name = ByteBuffer.wrap(Digest.sha256(use + " " + id).bytes());
    long high = (name.getLong() & ~0xf000L) | 0x8000L;
    long low = (name.getLong() & ~(3L << 62)) | (2L << 62);
    return new UUID(high, low);
  }

  @Override
  public String toString() {
    return "layer disk " + id;
  }
}

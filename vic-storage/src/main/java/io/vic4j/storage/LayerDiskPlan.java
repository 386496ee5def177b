package io.vic4j.storage;

import io.vic4j.core.Digest;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Which disk is to be made.
 *
 * @param what it is, for people: a layer, a pack or a seam
 * @param id what the disk will be found by
 * @param layers the diff IDs of its layers, lowest first
 * @param content what is to be on it
 */
record LayerDiskPlan(String what, Digest id, List<Digest> layers, LayerDiskContent content) {
  static LayerDiskPlan layer(LayerTar layer, LayerLimits limits) {
    return of(layer.diffId(), List.of(layer), true, limits);
  }

  static LayerDiskPlan flat(List<LayerTar> layers, LayerLimits limits) {
    return of(several("flat", diffIds(layers)), layers, false, limits);
  }

  private static LayerDiskPlan of(
      Digest id, List<LayerTar> layers, boolean overlaid, LayerLimits limits) {
    LayerTars content = new LayerTars(layers, overlaid, limits);
    return new LayerDiskPlan("layer", id, diffIds(layers), content);
  }

  static LayerDiskPlan pack(List<StoredLayerDisk> disks, LayerDiskContent content) {
    return of("pack", packId(diskIds(disks)), disks, content);
  }

  static Digest packId(List<Digest> diskIds) {
    return several("pack", diskIds);
  }

  static LayerDiskPlan seam(List<StoredLayerDisk> disks, LayerDiskContent content) {
    return of("seam", seamId(diskIds(disks)), disks, content);
  }

  static Digest seamId(List<Digest> diskIds) {
    return several("seam", diskIds);
  }

  private static LayerDiskPlan of(
      String what, Digest id, List<StoredLayerDisk> disks, LayerDiskContent content) {
    List<Digest> layers = disks.stream().flatMap(disk -> disk.layers().stream()).toList();
    return new LayerDiskPlan(what, id, layers, content);
  }

  static List<Digest> diskIds(List<? extends LayerDisk> disks) {
    return disks.stream().map(LayerDisk::diffId).toList();
  }

  private static Digest several(String kind, List<Digest> ids) {
    return Digest.sha256(kind + ids.stream().map(id -> "\n" + id).collect(Collectors.joining()));
  }

  private static List<Digest> diffIds(List<LayerTar> layers) {
    return layers.stream().map(LayerTar::diffId).toList();
  }

  UUID fileSystemUuid() {
    return NamedUuid.of("ext4 file system " + id);
  }

  UUID hashSeed() {
    return NamedUuid.of("ext4 hash seed " + id);
  }

  @Override
  public String toString() {
    return what + " disk " + id;
  }
}

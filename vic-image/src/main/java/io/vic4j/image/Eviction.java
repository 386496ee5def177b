package io.vic4j.image;

import io.vic4j.core.Digest;
import io.vic4j.core.VchName;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Decides which images have to go, so that a store keeps to its quota. One decision. */
final class Eviction {
  /*
   * What is there is counted from the disks and kept blobs themselves. What nobody needs goes in any case. If that
   * is not enough, images go from their scopes, the least recently used first, until what the others
   * need is within the quota: an image that shares all its layers with others frees nothing, and is
   * left alone, as is one that is pinned in any scope, leased, or in use.
   */

  private final DatastoreImageStore store;
  private final LayerDisks disks;
  private final Duration leaseExpiry;
  private final Map<Digest, Long> sizes = new TreeMap<>();
  private final Map<Digest, List<ScopedImage>> uses = new TreeMap<>();
  private final Map<Digest, Instant> lastUses = new HashMap<>();
  private final Set<Digest> pinned = new HashSet<>();
  private final Map<Digest, Set<Digest>> layersOf = new HashMap<>();
  private final Set<Digest> otherwiseNeeded = new HashSet<>();

  Eviction(DatastoreImageStore store, LayerDisks disks, Duration leaseExpiry) {
    this.store = store;
    this.disks = disks;
    this.leaseExpiry = leaseExpiry;
  }

  /** What has to go. */
  record Decision(long bytesBefore, List<ScopedImage> evicted) {}

  Decision decide(long quotaBytes, Supplier<Set<Digest>> inUse) {
    sizes.putAll(store.blobSizes());
    for (LayerDisk disk : disks.list()) {
      sizes.put(disk.diffId(), disk.capacityBytes());
    }
    long before = sizes.values().stream().mapToLong(Long::longValue).sum();
    if (before <= quotaBytes) {
      return new Decision(before, List.of());
    }
    look(inUse.get());
    List<Digest> candidates = new ArrayList<>(uses.keySet());
    candidates.removeIf(id -> pinned.contains(id) || otherwiseNeeded.contains(id));
    candidates.sort(
        Comparator.comparing((Digest id) -> lastUses.getOrDefault(id, Instant.EPOCH))
            .thenComparing(Comparator.naturalOrder()));
    Set<Digest> staying = new HashSet<>(uses.keySet());
    List<ScopedImage> evicted = new ArrayList<>();
    long needed = bytesOf(staying);
    for (Digest id : candidates) {
      if (needed <= quotaBytes) {
        break;
      }
      staying.remove(id);
      long without = bytesOf(staying);
      if (without < needed) {
        needed = without;
        evicted.addAll(uses.getOrDefault(id, List.of()));
      } else {
        staying.add(id);
      }
    }
    return new Decision(before, evicted);
  }

  private void look(Set<Digest> inUse) {
    Leases.Needed leased = store.leases().needed(store.leases().now().minus(leaseExpiry));
    otherwiseNeeded.addAll(leased.images());
    otherwiseNeeded.addAll(leased.layers());
    otherwiseNeeded.addAll(inUse);
    for (VchName vch : store.scopeFolders()) {
      StoredScope scope = store.scope(vch);
      for (ScopedImage use : scope.uses()) {
        uses.computeIfAbsent(use.imageId(), id -> new ArrayList<>()).add(use);
      }
      scope
          .lastUses()
          .forEach((id, time) -> lastUses.merge(id, time, (a, b) -> a.isAfter(b) ? a : b));
      scope
          .metadata()
          .forEach(
              (id, metadata) -> {
                if (metadata.pinned()) {
                  pinned.add(id);
                }
              });
    }
    Set<Digest> images = new HashSet<>(uses.keySet());
    images.addAll(otherwiseNeeded);
    for (Digest id : images) {
      Optional<Image> image = store.folders().findAnywhere(id);
      if (image.isPresent()) {
        Set<Digest> layers = new HashSet<>(image.get().diffIds());
        image.get().layers().forEach(layer -> layers.add(layer.blob().digest()));
        layers.add(LayerDisks.seamId(image.get().diffIds()));
        layersOf.put(id, layers);
      }
    }
  }

  private long bytesOf(Set<Digest> images) {
    Set<Digest> layers = new HashSet<>(otherwiseNeeded);
    otherwiseNeeded.forEach(id -> layers.addAll(layersOf.getOrDefault(id, Set.of())));
    images.forEach(id -> layers.addAll(layersOf.getOrDefault(id, Set.of())));
    return layers.stream().mapToLong(id -> sizes.getOrDefault(id, 0L)).sum();
  }
}

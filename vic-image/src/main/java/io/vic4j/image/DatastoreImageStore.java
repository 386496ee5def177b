package io.vic4j.image;

import io.vic4j.core.Digest;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.Progress;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.Staging;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The image store over a datastore: plain files, as DESIGN's "The store on a datastore" lays them
 * out. Images in {@link ImageFolders}, scopes in {@link StoredScope}s, leases in {@link Leases}.
 */
final class DatastoreImageStore implements ImageStore {
  private final Datastore datastore;
  private final Staging staging;
  private final Trash trash;
  private final ImageFolders folders;
  private final Leases leases;
  private final Claims claims;
  private final LayerDisks disks;
  private final Quarantine quarantine;
  private final Collector collector;
  private final @Nullable KeptBlobs keptBlobs;
  private final Duration staleAfter;
  private final Map<VchName, StoredScope> scopes = new ConcurrentHashMap<>();

  DatastoreImageStore(ImageStoreBuilder builder) {
    this.datastore = builder.datastore;
    this.staging = Staging.in(datastore, builder.ids);
    this.trash = new Trash(datastore, staging);
    this.folders = new ImageFolders(datastore, staging, trash);
    this.leases = new Leases(datastore, staging, builder.ids);
    this.disks = builder.layers;
    this.quarantine = new Quarantine(datastore, builder.ids);
    this.claims = new Claims(datastore, staging, builder.ids, builder.claimExpiry, leases::now);
    this.collector = new Collector(this, trash, builder.layers, builder.staleAfter);
    this.keptBlobs = builder.keptBlobs;
    this.staleAfter = builder.staleAfter;
    sweep();
  }

  private void sweep() {
    Instant now = leases.now();
    staging.sweep(now, staleAfter);
    Instant limit = now.minus(staleAfter);
    leases.sweep(limit);
    claims.sweep(limit);
    trash.restoreAll();
    for (VchName vch : scopeFolders()) {
      scope(vch).sweep(limit);
    }
  }

  ImageFolders folders() {
    return folders;
  }

  Leases leases() {
    return leases;
  }

  @Override
  public Image add(RawManifest manifest, Bytes config, String source) {
    return folders.add(manifest, config, source);
  }

  @Override
  public Optional<Image> find(Digest imageId) {
    return folders.find(imageId);
  }

  @Override
  public RawManifest manifest(Digest imageId) {
    return folders.manifest(imageId);
  }

  @Override
  public Bytes config(Digest imageId) {
    return folders.config(imageId);
  }

  @Override
  public ImageListing list() {
    return folders.list();
  }

  @Override
  public StoredScope scope(VchName vch) {
    return scopes.computeIfAbsent(
        vch, name -> new StoredScope(name, datastore, staging, folders, leases));
  }

  @Override
  public List<VchName> scopes() {
    return scopeFolders().stream().filter(vch -> !scope(vch).isEmpty()).toList();
  }

  /** The scopes that have a folder, sorted. */
  List<VchName> scopeFolders() {
    return datastore.list(StoredScope.SCOPES).stream()
        .filter(DatastoreEntry::isFolder)
        .map(entry -> entry.path().name())
        .flatMap(name -> vchName(name).stream())
        .toList();
  }

  private static Optional<VchName> vchName(String name) {
    try {
      return Optional.of(VchName.of(name));
    } catch (InvalidArgumentException e) {
      return Optional.empty(); // Not a thing of ours.
    }
  }

  @Override
  public ImageLease lease(Digest imageId, List<Digest> diffIds) {
    return leases.take(imageId, diffIds);
  }

  @Override
  public Optional<ImageLease> claim(String work) {
    return claims.take(work);
  }

  @Override
  public StoreReport verify(Progress progress) {
    return new StoreCheck(this, datastore, disks).run(progress);
  }

  @Override
  public Optional<DatastorePath> quarantine(DamagedEntry entry) {
    if (entry.kind() == DamagedEntry.Kind.IMAGE) {
      entry.id().ifPresent(folders::forget);
    }
    return quarantine.put(entry.place());
  }

  @Override
  public List<DatastorePath> quarantined() {
    return quarantine.list();
  }

  @Override
  public CollectedImages collect(Supplier<Set<Digest>> inUse) {
    return collector.collect(inUse);
  }

  @Override
  public CollectedImages planCollection(Supplier<Set<Digest>> inUse) {
    return collector.plan(inUse, Set.of());
  }

  @Override
  public RoomReport makeRoom(long quotaBytes, Supplier<Set<Digest>> inUse) {
    Eviction.Decision decision = decide(quotaBytes, inUse);
    if (decision.bytesBefore() <= quotaBytes) {
      return new RoomReport(
          decision.bytesBefore(), decision.bytesBefore(), List.of(), CollectedImages.NOTHING);
    }
    for (ScopedImage use : decision.evicted()) {
      scope(use.vch()).remove(use.imageId());
    }
    CollectedImages collected = collector.collect(inUse);
    return new RoomReport(
        decision.bytesBefore(), usedBytes(id -> true), decision.evicted(), collected);
  }

  @Override
  public RoomReport planRoom(long quotaBytes, Supplier<Set<Digest>> inUse) {
    Eviction.Decision decision = decide(quotaBytes, inUse);
    Set<Digest> evicted = new HashSet<>();
    decision.evicted().forEach(use -> evicted.add(use.imageId()));
    CollectedImages collected =
        decision.bytesBefore() <= quotaBytes
            ? CollectedImages.NOTHING
            : collector.plan(inUse, evicted);
    Set<Digest> gone = new HashSet<>(collected.layers());
    gone.addAll(collected.blobs());
    return new RoomReport(
        decision.bytesBefore(), usedBytes(id -> !gone.contains(id)), decision.evicted(), collected);
  }

  private Eviction.Decision decide(long quotaBytes, Supplier<Set<Digest>> inUse) {
    if (quotaBytes < 0) {
      throw new IllegalArgumentException("negative quota: " + quotaBytes);
    }
    return new Eviction(this, disks, collector.leaseExpiry()).decide(quotaBytes, inUse);
  }

  private long usedBytes(Predicate<Digest> counted) {
    long used = 0;
    for (LayerDisk disk : disks.list()) {
      used += counted.test(disk.diffId()) ? disk.capacityBytes() : 0;
    }
    for (Map.Entry<Digest, Long> blob : blobSizes().entrySet()) {
      used += counted.test(blob.getKey()) ? blob.getValue() : 0;
    }
    return used;
  }

  /** The bytes of each kept blob. */
  Map<Digest, Long> blobSizes() {
    return keptBlobs == null ? Map.of() : keptBlobs.sizes();
  }

  /** Collects the kept blobs; returns those that are gone. */
  List<Digest> collectBlobs() {
    return keptBlobs == null ? List.of() : keptBlobs.collect(this, leases.now(), staleAfter);
  }

  /** The kept blobs that none of these images has, and that are not new. */
  List<Digest> unneededBlobs(Predicate<Digest> images) {
    if (keptBlobs == null) {
      return List.of();
    }
    Set<Digest> needed = new HashSet<>();
    ImageListing listing = list();
    for (ListedImage listed : listing.images()) {
      if (images.test(listed.image().id())) {
        listed.image().layers().forEach(layer -> needed.add(layer.blob().digest()));
      }
    }
    return listing.damaged().isEmpty()
        ? keptBlobs.unneeded(needed, leases.now().minus(staleAfter))
        : List.of();
  }

  @Override
  public String toString() {
    return "ImageStore[" + datastore.name() + "]";
  }
}

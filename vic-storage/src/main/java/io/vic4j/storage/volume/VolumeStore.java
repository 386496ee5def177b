package io.vic4j.storage.volume;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.IdSource;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.Staging;
import io.vic4j.storage.ScratchDisk;
import io.vic4j.storage.ScratchDisks;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The volumes in one folder of a datastore, by name: {@code <folder>/<name>/volume.vmdk} and {@code
 * volume.json} beside it.
 *
 * <pre>{@code
 * VolumeStore volumes = VolumeStore.in(datastore);
 * Volume data = volumes.create(VolumeSpec.builder("data").sizeBytes(10L << 30).build());
 * }</pre>
 *
 * <p>A volume is whole from the moment it can be seen: a crash leaves only temporaries, and of
 * several who make one name at once, in whatever process, one does. What a volume is used by is
 * never counted here, but asked of who knows: {@link VolumeUsers}.
 *
 * <p>Thread-safe, and so are several stores on one folder. All methods throw {@link
 * io.vic4j.core.UnavailableException} if the datastore cannot be reached, and {@link
 * io.vic4j.core.CancelledException} if the thread is interrupted.
 */
public final class VolumeStore {
  /*
   * A removal must not take a disk from a machine that is being made meanwhile, and there is no
   * lock. So the volume is moved away first, where no machine can be given it any more; then one
   * looks who uses it, and moves it back if somebody does: a machine that was there before the move
   * is seen, and one that comes after it finds no disk. A crash in between leaves the volume in
   * <folder>-removed; finishRemovals goes on from there, with the same question.
   */
  /** How large a volume is unless told otherwise: 1 GiB, as VIC had it. */
  public static final long DEFAULT_SIZE_BYTES = 1L << 30;

  private static final Logger log = LoggerFactory.getLogger(VolumeStore.class);
  private static final int MAX_DESCRIPTION_BYTES = 1 << 20;

  private final Datastore datastore;
  private final DatastorePath folder;
  private final DatastorePath removed;
  private final IdSource ids;
  private final InstantSource clock;
  private final long defaultSizeBytes;
  private final Staging staging;
  private final ScratchDisks disks;

  private VolumeStore(Builder builder) {
    this.datastore = builder.datastore;
    this.folder = builder.folder;
    this.removed = removedFrom(builder.folder);
    this.ids = builder.ids;
    this.clock = builder.clock;
    this.defaultSizeBytes = builder.defaultSizeBytes;
    this.staging = Staging.in(datastore, ids);
    this.disks = ScratchDisks.in(datastore, ids);
  }

  private static DatastorePath removedFrom(DatastorePath folder) {
    String name = folder.name() + "-removed";
    return folder.parent().isRoot() ? DatastorePath.parse(name) : folder.parent().resolve(name);
  }

  /** The volumes below {@code volumes} on this datastore, with default settings. */
  public static VolumeStore in(Datastore datastore) {
    return builder(datastore).build();
  }

  /** For other settings than the defaults. */
  public static Builder builder(Datastore datastore) {
    return new Builder(datastore);
  }

  /**
   * Makes a volume: an empty file system.
   *
   * @throws AlreadyExistsException if there is one of this name
   * @throws InvalidArgumentException if its size is not 16 MiB to 8 TiB
   * @throws io.vic4j.core.UnsupportedException if it is larger than a disk on this datastore can be
   */
  public Volume create(VolumeSpec spec) {
    String id = ids.next();
    String name = spec.name().orElse(id);
    DatastorePath place = folder.resolve(name);
    if (find(name).isPresent()) {
      throw new AlreadyExistsException("volume", name);
    }
    try (Staging.Work work = staging.begin()) {
      ScratchDisk disk =
          disks.createUnique(
              work.folder(),
              VolumeDescription.DISK,
              spec.sizeBytes().orElse(defaultSizeBytes),
              uuid(id));
      Volume volume =
          new Volume(
              name,
              place.resolve(disk.path().name()),
              disk.fileSystemUuid(),
              disk.capacityBytes(),
              clock.instant(),
              spec.labels(),
              spec.name().isEmpty());
      work.writeFile(
          work.folder().resolve(VolumeDescription.FILE), VolumeDescription.write(volume));
      publish(work, volume);
      return volume;
    }
  }

  private void publish(Staging.Work work, Volume volume) {
    String name = volume.name();
    boolean published;
    try {
      published = work.publish(work.folder(), volume.folder());
    } catch (RuntimeException e) {
      takeBack(volume, e); // The move may have been done, and only its answer be lost.
      throw e;
    }
    if (!published) {
      throw find(name).isPresent()
          ? new AlreadyExistsException("volume", name)
          : damaged(name, "something is in its folder, but no description", null);
    }
  }

  private void takeBack(Volume volume, RuntimeException failure) {
    undisturbed(
        failure,
        () -> {
          if (find(volume.name()).filter(volume::equals).isPresent()) {
            datastore.delete(volume.folder());
          }
        });
  }

  /** Tidies up, however the thread was interrupted; adds what fails to the first failure. */
  private static void undisturbed(RuntimeException failure, Runnable work) {
    boolean interrupted = Thread.interrupted();
    try {
      work.run();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** A UUID that derives from this identifier; RFC 9562, section 5.8. */
  private static UUID uuid(String id) {
    ByteBuffer hash = ByteBuffer.wrap(Digest.sha256("volume " + id).bytes());
    long high = (hash.getLong() & ~0xf000L) | 0x8000L;
    return new UUID(high, (hash.getLong() & ~(3L << 62)) | (2L << 62));
  }

  /**
   * The volume of this name; empty if there is none.
   *
   * @throws CorruptException if what is kept with it cannot be read
   */
  public Optional<Volume> find(String name) {
    VolumeSpec.checkName(name);
    return read(name, folder.resolve(name));
  }

  private Optional<Volume> read(String name, DatastorePath place) {
    try (InputStream in = datastore.read(place.resolve(VolumeDescription.FILE))) {
      Volume volume = VolumeDescription.read(in.readNBytes(MAX_DESCRIPTION_BYTES), place);
      if (place.startsWith(folder) && !volume.name().equals(name)) {
        throw damaged(name, "it describes volume '" + volume.name() + "'", null);
      }
      return Optional.of(volume);
    } catch (NotFoundException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw damaged(name, String.valueOf(e.getMessage()), e);
    }
  }

  private CorruptException damaged(String name, String how, @Nullable Throwable cause) {
    return new CorruptException(
        "volume '"
            + name
            + "' is damaged at '"
            + folder.resolve(name).resolve(VolumeDescription.FILE)
            + "': "
            + how,
        cause);
  }

  /**
   * The volume of this name.
   *
   * @throws NotFoundException if there is none
   * @throws CorruptException if what is kept with it cannot be read
   */
  public Volume get(String name) {
    return find(name).orElseThrow(() -> new NotFoundException("volume", name));
  }

  /**
   * The volumes that a filter lets through, sorted by name. One that cannot be read is left out,
   * with a warning in the log; {@link #get} says what is wrong with it.
   */
  public List<Volume> list(VolumeFilter filter) {
    List<Volume> volumes = new ArrayList<>();
    for (DatastoreEntry entry : datastore.list(folder)) {
      try {
        find(entry.path().name()).filter(filter::matches).ifPresent(volumes::add);
      } catch (CorruptException | InvalidArgumentException e) {
        log.warn("left out what is no volume: '{}'", entry.path(), e);
      }
    }
    return volumes;
  }

  /**
   * Removes a volume with all that is on it.
   *
   * @throws NotFoundException if there is none of this name
   * @throws ConflictException if a machine has it attached, on or off; it is still there then
   */
  public void remove(String name, VolumeUsers users) {
    Volume volume = get(name);
    requireUnused(volume, users);
    DatastorePath away = removed.resolve(ids.next().substring(0, 32));
    try {
      datastore.move(volume.folder(), away);
    } catch (NotFoundException e) {
      throw new NotFoundException("volume", name, "volume not found: " + name, e);
    }
    try {
      requireUnused(volume, users);
    } catch (RuntimeException e) {
      putBack(away, volume, e);
      throw e;
    }
    datastore.delete(away);
  }

  private static void requireUnused(Volume volume, VolumeUsers users) {
    List<VolumeUser> found = users.of(volume);
    if (!found.isEmpty()) {
      throw new ConflictException(
          "volume '"
              + volume.name()
              + "' is in use by "
              + String.join(", ", found.stream().map(VolumeUser::toString).toList())
              + "; remove that first");
    }
  }

  /** Where that fails, {@link #finishRemovals} tries again. */
  private void putBack(DatastorePath away, Volume volume, RuntimeException failure) {
    undisturbed(failure, () -> datastore.move(away, volume.folder()));
  }

  /**
   * Ends the removals that crashed processes left in the middle: a volume that somebody uses comes
   * back, others go. To be called when a store is opened; costs one look where there are none.
   */
  public void finishRemovals(VolumeUsers users) {
    for (DatastoreEntry entry : datastore.list(removed)) {
      DatastorePath away = entry.path();
      try {
        Optional<Volume> found = read(away.name(), away);
        if (found.isPresent() && isUsed(inPlace(found.get()), users)) {
          log.warn("volume '{}' was being removed, but is in use; it stays", found.get().name());
          datastore.move(away, folder.resolve(found.get().name()));
        } else {
          datastore.delete(away);
        }
      } catch (NotFoundException e) {
        log.debug("'{}' was dealt with by another process", away, e);
      } catch (CorruptException | AlreadyExistsException e) {
        log.warn("left what is in '{}' to be looked at", away, e);
      }
    }
  }

  private static boolean isUsed(Volume volume, VolumeUsers users) {
    return !users.of(volume).isEmpty();
  }

  /** The same volume, where it was before it was moved away. */
  private Volume inPlace(Volume away) {
    return new Volume(
        away.name(),
        folder.resolve(away.name()).resolve(away.path().name()),
        away.fileSystemUuid(),
        away.capacityBytes(),
        away.created(),
        away.labels(),
        away.anonymous());
  }

  /**
   * Removes the anonymous volumes that nobody uses.
   *
   * @param olderThan those that were made more recently stay, for their machine may be about to be
   *     made
   * @return those that were removed
   */
  public List<Volume> prune(VolumeUsers users, Duration olderThan) {
    Instant limit = clock.instant().minus(olderThan);
    List<Volume> pruned = new ArrayList<>();
    for (Volume volume : list(VolumeFilter.ALL)) {
      if (volume.anonymous() && !volume.created().isAfter(limit)) {
        try {
          remove(volume.name(), users);
          pruned.add(volume);
        } catch (ConflictException | NotFoundException e) {
          log.debug("volume '{}' stays, or is gone already", volume.name(), e);
        }
      }
    }
    return pruned;
  }

  @Override
  public String toString() {
    return "VolumeStore[" + folder + " on " + datastore.name() + "]";
  }

  /** Puts a {@link VolumeStore} together. For use by one thread. */
  public static final class Builder {
    private final Datastore datastore;
    private DatastorePath folder = DatastorePath.parse("volumes");
    private IdSource ids = IdSource.random();
    private InstantSource clock = InstantSource.system();
    private long defaultSizeBytes = DEFAULT_SIZE_BYTES;

    private Builder(Datastore datastore) {
      this.datastore = datastore;
    }

    /**
     * Where the volumes are; {@code volumes} unless set.
     *
     * @throws IllegalArgumentException if it is the datastore's root
     */
    public Builder folder(DatastorePath folder) {
      if (folder.isRoot()) {
        throw new IllegalArgumentException("volumes need a folder of their own");
      }
      this.folder = folder;
      return this;
    }

    /** How large a volume is whose specification does not say; 1 GiB unless set. */
    public Builder defaultSizeBytes(long bytes) {
      this.defaultSizeBytes = bytes;
      return this;
    }

    /** Where identifiers come from; random unless set. */
    public Builder idSource(IdSource ids) {
      this.ids = ids;
      return this;
    }

    /** What the time is, for when volumes were made; the system's clock unless set. */
    public Builder clock(InstantSource clock) {
      this.clock = clock;
      return this;
    }

    /** The store. */
    public VolumeStore build() {
      return new VolumeStore(this);
    }
  }
}

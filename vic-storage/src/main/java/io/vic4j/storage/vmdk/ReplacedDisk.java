package io.vic4j.storage.vmdk;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.Digest;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.datastore.Staging;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A disk whose content is written anew beside it and then takes its place, all at once: how a disk
 * that no machine has open is changed. It keeps its name and its capacity.
 *
 * <p>A crash leaves the disk as it was, or as it was to become. It may have to be {@linkplain
 * #settle settled} then; {@link #open} does this by itself.
 *
 * <p>All methods throw what the datastore throws. For one use, by one thread; closing it without
 * {@link #publish} leaves the disk as it was, and closing twice is fine.
 */
public final class ReplacedDisk implements AutoCloseable {
  /*
   * A datastore moves things, and never overwrites one. So the disk is moved away before the new one
   * is moved in:
   *
   *   1. The new one is written below tmp/.
   *   2. x is moved to x.before. From now on nobody can open the disk.
   *   3. One asks whether it may still be replaced: who opened it before 2 is seen now. If he is
   *      there, or x is not what was read, x.before is moved back.
   *   4. The new one is moved to x.
   *   5. x.before is deleted.
   *
   * A crash between 2 and 4 leaves x.before and no x: who comes next moves it back, and nothing has
   * happened. One between 4 and 5 leaves both; the next who replaces the disk removes x.before. If
   * somebody moves it back while somebody else is between 2 and 4, the place is taken in 4, and that
   * one gives up.
   *
   * x is the flat extent, for the descriptor stays as it is; or the disk, where the datastore keeps
   * virtual disks.
   */
  private static final Logger log = LoggerFactory.getLogger(ReplacedDisk.class);
  private static final String DISK = ".vmdk";

  private final Datastore datastore;
  private final Staging.Work work;
  private final DatastorePath vmdk;
  private final Places places;
  private final Optional<Version> seen;
  private @Nullable DatastoreWriter writer;
  private boolean moved;
  private boolean published;

  /**
   * Where a disk is.
   *
   * @param own its place
   * @param before where it is while another one takes its place
   * @param content what tells of its content by size and time
   * @param contentBefore the same of the disk that was moved away
   */
  private record Places(
      DatastorePath own,
      DatastorePath before,
      DatastorePath content,
      DatastorePath contentBefore) {}

  private record Version(long sizeBytes, Instant modified) {}

  private ReplacedDisk(Datastore datastore, Staging.Work work, DatastorePath vmdk, Places places) {
    this.datastore = datastore;
    this.work = work;
    this.vmdk = vmdk;
    this.places = places;
    this.seen = version(places.content);
  }

  /**
   * A disk that is to be read from now on, and perhaps replaced.
   *
   * @throws NotFoundException if it is not there
   * @throws UnsupportedException if it is a disk in a file of its own, which no machine writes
   */
  public static ReplacedDisk of(Datastore datastore, Staging staging, DatastorePath vmdk) {
    Places places = places(datastore, vmdk);
    boolean unused = settle(datastore, places);
    if (datastore.stat(places.own).isEmpty()) {
      throw new NotFoundException("disk", vmdk.toString());
    }
    return new ReplacedDisk(datastore, staging.begin(), vmdk, places);
  }

  private static Places places(Datastore datastore, DatastorePath vmdk) {
    if (datastore.virtualDisks().isEmpty()) {
      DatastorePath extent = vmdk.parent().resolve(VmdkReader.flatExtent(datastore, vmdk));
      DatastorePath before = extent.parent().resolve(extent.name() + ".before");
      return new Places(extent, before, extent, before);
    }
    String name = vmdk.name();
    String stem = name.endsWith(DISK) ? name.substring(0, name.length() - DISK.length()) : name;
    DatastorePath folder = vmdk.parent();
    return new Places(
        vmdk,
        folder.resolve(stem + ".before.vmdk"),
        folder.resolve(stem + "-flat.vmdk"),
        folder.resolve(stem + ".before-flat.vmdk"));
  }

  /**
   * Opens a disk, which is settled first if need be.
   *
   * @see VmdkReader#open
   */
  public static VmdkReader open(Datastore datastore, DatastorePath vmdk) {
    try {
      return VmdkReader.open(datastore, vmdk);
    } catch (NotFoundException e) {
      if (!settle(datastore, vmdk)) {
        throw e;
      }
      return VmdkReader.open(datastore, vmdk);
    }
  }

  /**
   * Gives a disk back its place if whoever was about to replace it came to his end before he did.
   * If he did not, he will find that he was too slow.
   *
   * @return whether it had lost its place; false if there is no such disk at all
   */
  public static boolean settle(Datastore datastore, DatastorePath vmdk) {
    try {
      return settle(datastore, places(datastore, vmdk));
    } catch (NotFoundException | UnsupportedException e) {
      return false;
    }
  }

  private static boolean settle(Datastore datastore, Places places) {
    if (datastore.stat(places.own).isPresent()) {
      return false;
    }
    try {
      datastore.move(places.before, places.own);
      log.info("'{}' was about to be replaced, and is as it was", places.own);
      return true;
    } catch (AlreadyExistsException e) {
      return true; // Somebody else was faster.
    } catch (NotFoundException e) {
      return false;
    }
  }

  private Optional<Version> version(DatastorePath file) {
    return datastore.stat(file).map(ReplacedDisk::version);
  }

  private static Version version(DatastoreEntry entry) {
    return new Version(entry.sizeBytes(), entry.modified());
  }

  /** The disk. */
  public DatastorePath path() {
    return vmdk;
  }

  /**
   * Begins its new content, which stays beside it. The writer is committed by its user before
   * {@link #publish}, and closed with this.
   */
  public DatastoreWriter begin() {
    if (writer != null) {
      throw new IllegalStateException("'" + vmdk + "' is replaced once");
    }
    Digest contentId = Digest.sha256("replaced by " + work.folder());
    DatastoreWriter begun =
        datastore
            .virtualDisks()
            .map(
                disks ->
                    disks.create(
                        staged(),
                        (content, out) -> StreamOptimizedWriter.copy(content, out, contentId),
                        Progress.NONE))
            .orElseGet(() -> datastore.create(staged()));
    writer = begun;
    return begun;
  }

  private DatastorePath staged() {
    return work.folder().resolve(places.own.name());
  }

  /**
   * Puts the new content of disks in place: of all, or, unless the program ends meanwhile, of none.
   *
   * @param check is run when nobody can open the disks any more; if it throws, all is as it was
   * @throws ConflictException if somebody else has changed one of the disks since it was first
   *     looked at
   */
  public static void publish(List<ReplacedDisk> disks, Runnable check) {
    try {
      disks.forEach(ReplacedDisk::moveAway);
      check.run();
      disks.forEach(ReplacedDisk::moveIn);
    } catch (RuntimeException e) {
      disks.forEach(disk -> disk.moveBackAfter(e));
      throw e;
    }
    disks.forEach(ReplacedDisk::forgetBefore);
  }

  private void moveAway() {
    try {
      moveToBefore();
    } catch (AlreadyExistsException e) {
      clearBefore(e);
      moveToBefore();
    }
    Optional<Version> now = version(places.contentBefore);
    if (now.isPresent() && seen.isPresent() && !now.equals(seen)) {
      throw changed(null);
    }
  }

  private void moveToBefore() {
    try {
      moved = true; // Also if only the answer is lost.
      datastore.move(places.own, places.before);
    } catch (AlreadyExistsException e) {
      moved = false;
      throw e;
    } catch (NotFoundException e) {
      moved = false;
      throw changed(e);
    }
  }

  /** Takes away what a crash left after the disk was replaced, unless somebody is at it now. */
  private void clearBefore(AlreadyExistsException cause) {
    DatastorePath old = work.folder().resolve("old-" + places.before.name());
    try {
      datastore.move(places.before, old);
    } catch (NotFoundException e) {
      log.debug("'{}' is gone already", places.before, e);
      return;
    }
    if (datastore.stat(places.own).isEmpty()) {
      datastore.move(old, places.before);
      throw changed(cause);
    }
  }

  private ConflictException changed(@Nullable Throwable cause) {
    return new ConflictException(
        "somebody else has changed disk '" + vmdk + "' meanwhile; do this again", cause);
  }

  private void moveIn() {
    try {
      datastore.move(staged(), places.own);
      published = true;
    } catch (AlreadyExistsException e) {
      moved = false;
      throw changed(e);
    }
  }

  private void moveBackAfter(RuntimeException failure) {
    if (!moved || published) {
      return;
    }
    undisturbed(
        () -> {
          try {
            datastore.move(places.before, places.own);
          } catch (NotFoundException | AlreadyExistsException e) {
            log.debug("'{}' is in its place already", places.own, e);
          } catch (VicException e) {
            failure.addSuppressed(e);
          }
        });
  }

  private void forgetBefore() {
    undisturbed(
        () -> {
          try {
            if (version(places.contentBefore).equals(seen)) { // Not what another one moved there.
              datastore.delete(places.before);
            }
          } catch (VicException e) {
            log.warn("'{}' could not be removed; it is of no use", places.before, e);
          }
        });
  }

  /** Does something although the thread may be interrupted, which it stays. */
  private static void undisturbed(Runnable work) {
    boolean interrupted = Thread.interrupted();
    try {
      work.run();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    if (writer != null) {
      writer.close();
    }
    work.close();
  }
}

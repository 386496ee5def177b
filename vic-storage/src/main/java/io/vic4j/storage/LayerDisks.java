package io.vic4j.storage;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.IdSource;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.ProgressTask;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.datastore.Staging;
import io.vic4j.storage.ext4.Ext4Reader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The layer disks on a datastore: makes them, in one pass over a layer's tar, and finds them by
 * diff ID.
 *
 * <pre>{@code
 * LayerDisks disks = LayerDisks.in(LocalDatastore.at(folder));
 * LayerDisk disk = disks.build(diffId, () -> Files.newInputStream(layerTarGz), Progress.NONE);
 * }</pre>
 *
 * <p>Thread-safe. Several stores, in other processes and on other hosts too, may work on one
 * datastore at once.
 */
public final class LayerDisks {
  private static final Logger log = LoggerFactory.getLogger(LayerDisks.class);
  private static final DatastorePath FOLDER = DatastorePath.parse("layers");

  /** A description has some hundred bytes, and some more for each of many layers. */
  private static final int MAX_DESCRIPTION_BYTES = 1 << 20;

  private static final int MOST_READ = 256;

  private final Datastore datastore;
  private final LayerLimits limits;
  private final Staging staging;
  private final SingleFlight<Digest, StoredLayerDisk> builds = new SingleFlight<>();
  private final Map<Digest, Read> read =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Digest, Read> eldest) {
          return size() > MOST_READ;
        }
      };

  /** A description as its file had it, to be parsed again only if the file has another one. */
  private record Read(ByteBuffer content, LayerDescription description) {}

  private LayerDisks(Builder builder) {
    this.datastore = builder.datastore;
    this.limits = builder.limits;
    this.staging = Staging.in(builder.datastore, builder.ids);
  }

  /** The layer disks on this datastore, with default settings. */
  public static LayerDisks in(Datastore datastore) {
    return builder(datastore).build();
  }

  /** For other settings than the defaults. */
  public static Builder builder(Datastore datastore) {
    return new Builder(datastore);
  }

  /**
   * The disk of a layer: found, or made from its tar.
   *
   * <p>Of several calls for one layer at once, one builds, and the others wait for it; where it
   * fails or is interrupted, one of them goes on with its own source. The disk is published only
   * after the tar's digest was compared with {@code diffId} and the source was read to its end.
   *
   * @param diffId the digest of the uncompressed tar
   * @param source opened only if this call builds
   * @param progress gets one task if this call builds, which counts the bytes read from the source
   *     (compressed, as they come)
   * @throws LayerException if the tar is not valid or exceeds the limits
   * @throws io.vic4j.core.CorruptException if the tar has another digest, or the disk that is there
   *     is damaged
   * @throws io.vic4j.core.UnsupportedException if it is compressed in a way that is not supported
   * @throws io.vic4j.core.UnavailableException if the source or the datastore fails
   * @throws io.vic4j.core.CancelledException if the thread is interrupted
   */
  public LayerDisk build(Digest diffId, LayerSource source, Progress progress) {
    return build(LayerDiskPlan.layer(new LayerTar(diffId, source), limits), progress);
  }

  /**
   * As {@link #build(Digest, LayerSource, Progress)}, for a caller who has the stream open. It
   * stays the caller's to close, and is not read at all if the disk is there.
   */
  public LayerDisk build(Digest diffId, InputStream tar, Progress progress) {
    return build(diffId, () -> new Unclosed(tar), progress);
  }

  /**
   * One disk of several adjacent layers, for images with more layers than a machine has slots for:
   * found, or made from their disks. It stands in an overlay where its layers would; what they
   * delete of the layers below them stays deleted, and a directory that all of them only
   * {@linkplain LayerDisk#impliedDirectories imply} stays implied. A {@linkplain #seam seam} of the
   * single disks fits on packs of them.
   *
   * @param disks the disks of the layers, lowest first; at least two
   * @param progress gets one task if this call makes the pack
   * @throws NotFoundException if one of the disks is not there
   * @throws CorruptException if one of them, or the pack that is there, is damaged
   * @throws LayerException if all together exceed the limits
   * @throws io.vic4j.core.UnavailableException if the datastore fails
   * @throws io.vic4j.core.CancelledException if the thread is interrupted
   */
  public LayerDisk pack(List<LayerDisk> disks, Progress progress) {
    if (disks.size() < 2) {
      throw new IllegalArgumentException("nothing to pack: " + disks.size() + " layers");
    }
    return findStored(LayerDiskPlan.packId(LayerDiskPlan.diskIds(disks)))
        .orElseGet(() -> makePack(disks, progress));
  }

  private StoredLayerDisk makePack(List<LayerDisk> disks, Progress progress) {
    List<StoredLayerDisk> stored = requireAll(disks);
    return build(LayerDiskPlan.pack(stored, new LayerPack(datastore, stored, limits)), progress);
  }

  /**
   * One disk that is the root file system of an image by itself, with no whiteouts left: found, or
   * made from the tars of all its layers. Fails as {@link #build(Digest, LayerSource, Progress)}
   * does.
   *
   * @param layers the layers, lowest first; at least one
   */
  public LayerDisk flatten(List<LayerTar> layers, Progress progress) {
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("no layers to make a root file system of");
    }
    return build(LayerDiskPlan.flat(layers, limits), progress);
  }

  /**
   * The seam of a stack of disks: one more, to go on top of them, which puts right what overlayfs
   * shows of directories that a layer only {@linkplain LayerDisk#impliedDirectories implies}. It
   * has nothing but such directories, with the attributes that they would have if the layers had
   * been applied one after another, and their parents. A difference in the root directory alone
   * makes no seam.
   *
   * <p>Found, or made from the disks; which costs little, and nothing if no disk but the lowest has
   * implied directories. Most images need none.
   *
   * @param disks the disks of an image, packed or not, lowest first
   * @param progress gets one task if this call makes the seam
   * @return the seam; empty if overlayfs shows everything right without one
   * @throws NotFoundException if one of the disks is not there
   * @throws CorruptException if one of them, or the seam that is there, is damaged
   */
  public Optional<LayerDisk> seam(List<LayerDisk> disks, Progress progress) {
    if (!Seam.isPossible(disks)) {
      return Optional.empty();
    }
    Digest id = seamId(LayerDiskPlan.diskIds(disks));
    StoredLayerDisk seam = findStored(id).orElseGet(() -> makeSeam(disks, progress));
    return Optional.<LayerDisk>of(seam).filter(made -> made.entries() > 0);
  }

  private StoredLayerDisk makeSeam(List<LayerDisk> disks, Progress progress) {
    List<StoredLayerDisk> stored = requireAll(disks);
    return build(LayerDiskPlan.seam(stored, new Seam(datastore, stored)), progress);
  }

  private List<StoredLayerDisk> requireAll(List<LayerDisk> disks) {
    return disks.stream().map(disk -> require(disk.diffId())).toList();
  }

  private StoredLayerDisk require(Digest diffId) {
    return findStored(diffId)
        .orElseThrow(() -> new NotFoundException("layer disk", diffId.toString()));
  }

  /** Whether {@link #seam} has nothing to make of these disks, as it is there or not needed. */
  public boolean hasSeam(List<LayerDisk> disks) {
    return !Seam.isPossible(disks) || find(seamId(LayerDiskPlan.diskIds(disks))).isPresent();
  }

  /**
   * The digest by which the seam of these disks is found. Where no directory has to go on a seam, a
   * disk without {@linkplain LayerDisk#entries entries} is kept under it, so that this is not
   * looked into again.
   *
   * @param diffIds the {@link LayerDisk#diffId}s of the disks, lowest first
   */
  public static Digest seamId(List<Digest> diffIds) {
    return LayerDiskPlan.seamId(diffIds);
  }

  /**
   * The disk of this layer, if it is there. Reads one small file.
   *
   * @param diffId the layer's diff ID, or the {@link LayerDisk#diffId} of a disk of several, or of
   *     a seam
   * @throws io.vic4j.core.CorruptException if its description is damaged; {@link #remove} it then
   */
  public Optional<LayerDisk> find(Digest diffId) {
    return findStored(diffId).map(disk -> disk);
  }

  private Optional<StoredLayerDisk> findStored(Digest diffId) {
    DatastorePath folder = folderOf(diffId);
    DatastorePath file = folder.resolve(LayerDescription.DESCRIPTION);
    LayerDescription description;
    try (DatastoreReader reader = datastore.open(file)) {
      ByteBuffer content =
          ByteBuffer.allocate((int) Math.min(reader.sizeBytes(), MAX_DESCRIPTION_BYTES));
      reader.read(0, content);
      description = description(diffId, content.array());
    } catch (NotFoundException e) {
      return Optional.empty();
    } catch (IOException | InvalidArgumentException e) {
      throw damaged(diffId, file, String.valueOf(e.getMessage()), e);
    }
    if (!description.diffId().equals(diffId)) {
      throw damaged(diffId, file, "it describes " + description.diffId(), null);
    }
    StoredLayerDisk disk = description.at(folder);
    if (datastore.virtualDisks().isEmpty()) {
      checkExtent(disk);
    }
    return Optional.of(disk);
  }

  private LayerDescription description(Digest diffId, byte[] json) throws IOException {
    ByteBuffer content = ByteBuffer.wrap(json);
    Read last;
    synchronized (read) {
      last = read.get(diffId);
    }
    if (last == null || !last.content().equals(content)) {
      last = new Read(content, LayerDescription.fromJson(json));
      synchronized (read) {
        read.put(diffId, last);
      }
    }
    return last.description();
  }

  /*
   * A file system may lose the end of a file, and anybody may write to a folder, so the extent's
   * length is looked at. A datastore that keeps virtual disks has not to be asked: it moved disk and
   * description here in one step, and answers for what it keeps. There may be no extent to look at,
   * and each look at the disk itself would be a call over the network for each layer of each new
   * machine. If somebody took it away all the same, whoever attaches it is told.
   */
  private void checkExtent(StoredLayerDisk disk) {
    long length = datastore.stat(disk.extentPath()).map(DatastoreEntry::sizeBytes).orElse(-1L);
    if (length != disk.capacityBytes()) {
      throw damaged(
          disk.diffId(),
          disk.extentPath(),
          length < 0 ? "it is missing" : "it has another length than it should",
          null);
    }
  }

  /**
   * Reads a whole disk, and compares it with the checksum that was computed when it was written.
   * Where the datastore keeps virtual disks, it answers for them: there is none, and nothing is
   * read.
   *
   * @param progress is advanced by the bytes of the disk
   * @return whether there is a checksum
   * @throws CorruptException if the disk has another one
   * @throws NotFoundException if there is no such disk
   */
  public boolean verify(LayerDisk disk, ProgressTask progress) {
    StoredLayerDisk stored = require(disk.diffId());
    Optional<Digest> noted = stored.description().checksum();
    if (noted.isEmpty()) {
      return false;
    }
    try (DatastoreReader extent = datastore.open(stored.extentPath())) {
      Digest actual = DiskChecksum.read(extent, progress);
      if (!actual.equals(noted.get())) {
        throw CorruptException.digestMismatch(
            "layer disk " + stored.diffId() + " in '" + stored.extentPath() + "'",
            noted.get(),
            actual);
      }
    }
    return true;
  }

  /**
   * Writes a layer's disk as the tar of a layer again: what the disk deletes of the layers below is
   * whiteouts, and directories that the layer's own tar did not have are left out. The same disk
   * makes the same bytes, so this tar's digest is a diff ID of its own; it is that of the layer's
   * own tar only by chance, for nobody can tell the order and the headers of that. A disk made of
   * this tar has the same content, and makes the same tar.
   *
   * @param diffId the layer's diff ID, or the {@link LayerDisk#diffId} of a disk of several
   * @param out stays the caller's to close
   * @throws NotFoundException if there is no such disk
   * @throws CorruptException if it is damaged
   * @throws IOException what the stream throws
   */
  public void writeTar(Digest diffId, OutputStream out) throws IOException {
    StoredLayerDisk disk = require(diffId);
    try (DatastoreReader extent = datastore.open(disk.extentPath());
        ImpliedNames implied = ImpliedNames.of(datastore, disk)) {
      new LayerTarExport(disk, Ext4Reader.open(extent), implied, out).run();
    }
  }

  /**
   * All layer disks there are, sorted by {@link LayerDisk#diffId}. One whose description is damaged
   * is left out, with a warning in the log.
   */
  public List<LayerDisk> list() {
    List<LayerDisk> disks = new ArrayList<>();
    for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
      for (DatastoreEntry entry : datastore.list(FOLDER.resolve(algorithm.label()))) {
        try {
          find(new Digest(algorithm, entry.path().name())).ifPresent(disks::add);
        } catch (CorruptException | InvalidArgumentException e) {
          log.warn("left out what is no layer disk: '{}'", entry.path(), e);
        }
      }
    }
    return disks;
  }

  /**
   * Removes a layer disk; does nothing if it is not there. That no image and no machine needs it is
   * the caller's to know.
   */
  public void remove(Digest diffId) {
    try (Staging.Work work = staging.begin()) {
      // Moved away first, so that nobody finds half of it.
      datastore.move(folderOf(diffId), work.folder());
    } catch (NotFoundException e) {
      // Somebody else removed it, or it never was: what was asked for holds.
    }
  }

  private StoredLayerDisk build(LayerDiskPlan plan, Progress progress) {
    Optional<StoredLayerDisk> there = findStored(plan.id());
    return there.orElseGet(() -> builds.get(plan.id(), () -> findOrMake(plan, progress)));
  }

  private StoredLayerDisk findOrMake(LayerDiskPlan plan, Progress progress) {
    Optional<StoredLayerDisk> there = findStored(plan.id());
    if (there.isPresent()) {
      return there.get();
    }
    DatastorePath folder = folderOf(plan.id());
    return new LayerDiskBuild(datastore, plan, progress)
        .publish(staging, folder)
        .or(() -> findStored(plan.id())) // Another process was faster.
        .orElseThrow(
            () ->
                damaged(
                    plan.id(),
                    folder.resolve(LayerDescription.DESCRIPTION),
                    "it is missing",
                    null));
  }

  private static DatastorePath folderOf(Digest id) {
    return FOLDER.resolve(id.algorithm().label()).resolve(id.hex());
  }

  static CorruptException damaged(
      Digest id, DatastorePath file, String how, @Nullable Throwable cause) {
    return new CorruptException(
        "layer disk "
            + id
            + " is damaged at '"
            + file
            + "': "
            + how
            + "; remove it to make it anew",
        cause);
  }

  /** A stream that stays its owner's to close. */
  private static final class Unclosed extends FilterInputStream {
    Unclosed(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      return in.read(buffer, offset, length);
    }

    @Override
    public void close() {}
  }

  /** Puts {@link LayerDisks} together. */
  public static final class Builder {
    private final Datastore datastore;
    private LayerLimits limits = LayerLimits.DEFAULT;
    private IdSource ids = IdSource.random();

    private Builder(Datastore datastore) {
      this.datastore = datastore;
    }

    /** What a layer may hold; {@link LayerLimits#DEFAULT} unless set. */
    public Builder limits(LayerLimits limits) {
      this.limits = limits;
      return this;
    }

    /** Where the names of temporary folders come from; random unless set. */
    public Builder idSource(IdSource ids) {
      this.ids = ids;
      return this;
    }

    /** The store. */
    public LayerDisks build() {
      return new LayerDisks(this);
    }
  }
}

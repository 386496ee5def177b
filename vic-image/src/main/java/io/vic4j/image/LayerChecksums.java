package io.vic4j.image;

import io.vic4j.core.CancelledException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.ProgressTask;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.datastore.Staging;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The checksums of layer disks, as they were when they were made: {@code
 * checksums/<algorithm>/<diff ID>/disk@<n>.json}, beside the layers and not with them, for a layer
 * goes and comes as a whole. Thread-safe.
 *
 * <p>The checksum of a disk is the SHA-256 digest of each block of 64 KiB that is not all zero,
 * with its position before it as eight bytes, the highest first. A datastore that keeps virtual
 * disks answers for them itself: there is none.
 */
final class LayerChecksums {
  private static final DatastorePath FOLDER = DatastorePath.parse("checksums");
  private static final String NAME = "disk";
  private static final int BLOCK = 64 << 10;
  private static final byte[] ZEROS = new byte[BLOCK];

  private final Datastore datastore;
  private final Staging staging;

  LayerChecksums(Datastore datastore, Staging staging) {
    this.datastore = datastore;
    this.staging = staging;
  }

  private static final class Format implements VersionedRecords.Format<Digest> {
    @Override
    public byte[] write(Digest checksum) {
      return JsonText.bytes(JsonText.object().put("nonZeroBlocks", checksum.toString()));
    }

    @Override
    public Digest read(String what, byte[] content) {
      return JsonFields.parse(what, content).requiredDigest("nonZeroBlocks");
    }
  }

  private boolean hasFiles() {
    return datastore.virtualDisks().isEmpty();
  }

  private static DatastorePath folder(Digest diffId) {
    return FOLDER.resolve(diffId.algorithm().label()).resolve(diffId.hex());
  }

  private VersionedRecords<Digest> records(Digest diffId) {
    return new VersionedRecords<>(datastore, staging, folder(diffId), new Format());
  }

  /** Notes the checksum of a disk that has just been made, whatever was noted before. */
  void note(LayerDisk disk) {
    if (hasFiles()) {
      records(disk.diffId()).put(NAME, compute(disk, null));
    }
  }

  /** Deletes the checksums of layers that are not there; each is noted after its disk is. */
  void sweep(LayerDisks disks) {
    for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
      for (DatastoreEntry entry : datastore.list(FOLDER.resolve(algorithm.label()))) {
        if (isOfNoLayer(disks, algorithm, entry.path().name())) {
          datastore.delete(entry.path());
        }
      }
    }
  }

  private static boolean isOfNoLayer(LayerDisks disks, Digest.Algorithm algorithm, String hex) {
    try {
      return disks.find(new Digest(algorithm, hex)).isEmpty();
    } catch (CorruptException | InvalidArgumentException e) {
      return false;
    }
  }

  /**
   * Compares a disk with its checksum; where there is none, it is noted now.
   *
   * @return whether there was one
   * @throws CorruptException if it has another one
   */
  boolean verify(LayerDisk disk, ProgressTask progress) {
    if (!hasFiles()) {
      return false;
    }
    Optional<Digest> noted = noted(disk);
    Digest actual = compute(disk, progress);
    if (noted.isEmpty()) {
      records(disk.diffId()).put(NAME, actual);
      return false;
    }
    if (!noted.get().equals(actual)) {
      throw CorruptException.digestMismatch(
          "layer disk " + disk.diffId() + " in '" + disk.extentPath() + "'", noted.get(), actual);
    }
    return true;
  }

  private Optional<Digest> noted(LayerDisk disk) {
    try {
      return records(disk.diffId()).find(NAME);
    } catch (CorruptException e) {
      return Optional.empty(); // A checksum that cannot be read says nothing about its disk.
    }
  }

  private Digest compute(LayerDisk disk, @Nullable ProgressTask progress) {
    MessageDigest digest = Digest.Algorithm.SHA256.newMessageDigest();
    byte[] block = new byte[BLOCK];
    ByteBuffer position = ByteBuffer.allocate(Long.BYTES);
    try (DatastoreReader reader = datastore.open(disk.extentPath())) {
      long size = reader.sizeBytes();
      for (long at = 0; at < size; at += BLOCK) {
        CancelledException.throwIfInterrupted("checksum of layer " + disk.diffId());
        int length = (int) Math.min(BLOCK, size - at);
        reader.read(at, ByteBuffer.wrap(block, 0, length));
        if (!Arrays.equals(block, 0, length, ZEROS, 0, length)) {
          digest.update(position.putLong(0, at).array());
          digest.update(block, 0, length);
        }
        if (progress != null) {
          progress.advance(length);
        }
      }
    }
    return Digest.of(Digest.Algorithm.SHA256, digest);
  }
}

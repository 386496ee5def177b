package io.vic4j.storage.overlay;

import io.vic4j.core.CorruptException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.storage.ext4.Ext4Node;
import io.vic4j.storage.ext4.Ext4Reader;
import io.vic4j.storage.vmdk.ReplacedDisk;
import java.util.function.Supplier;

/** The file system of one disk. */
final class DiskFiles implements AutoCloseable {
  /** What a layer or a volume is to who joins file systems. */
  enum Kind {
    /** Joined with others, so that its whiteouts hide something. */
    LAYER,
    /** By itself: whatever is in it is shown. */
    VOLUME
  }

  private final DatastorePath vmdk;
  private final Kind kind;
  private final DatastoreReader disk;
  private final Ext4Reader fs;

  private DiskFiles(DatastorePath vmdk, Kind kind, DatastoreReader disk, Ext4Reader fs) {
    this.vmdk = vmdk;
    this.kind = kind;
    this.disk = disk;
    this.fs = fs;
  }

  static DiskFiles open(Datastore datastore, DatastorePath vmdk, Kind kind) {
    DatastoreReader disk = ReplacedDisk.open(datastore, vmdk);
    try {
      Ext4Reader fs = named(vmdk, () -> Ext4Reader.open(disk));
      return new DiskFiles(vmdk, kind, disk, fs);
    } catch (RuntimeException e) {
      disk.close();
      throw e;
    }
  }

  boolean isLayer() {
    return kind == Kind.LAYER;
  }

  Ext4Reader fs() {
    return fs;
  }

  /** How large the disk is, which may be more than its file system takes. */
  long diskBytes() {
    return disk.sizeBytes();
  }

  Ext4Node root() {
    return named(fs::root);
  }

  /** Does something with the file system; if that is damaged, the error says which disk it is. */
  <T> T named(Supplier<T> work) {
    return named(vmdk, work);
  }

  private static <T> T named(DatastorePath vmdk, Supplier<T> work) {
    try {
      return work.get();
    } catch (CorruptException e) {
      throw damaged(vmdk, e);
    }
  }

  CorruptException damaged(CorruptException cause) {
    return damaged(vmdk, cause);
  }

  private static CorruptException damaged(DatastorePath vmdk, CorruptException cause) {
    return new CorruptException("disk '" + vmdk + "': " + cause.getMessage(), cause);
  }

  @Override
  public void close() {
    disk.close();
  }
}

package io.vic4j.storage.overlay;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.storage.ext4.Ext4Attributes;
import io.vic4j.storage.ext4.Ext4Writer;
import io.vic4j.storage.overlay.DiskFiles.Kind;
import io.vic4j.storage.tar.ByteString;
import io.vic4j.storage.vmdk.ReplacedDisk;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A disk whose file system is changed: it is written anew, beside the one that there is. That
 * begins with the first change; what is not changed is copied at the end.
 */
final class DraftDisk implements AutoCloseable {
  /*
   * What is new is written as it comes, so that a tar is read once and nothing of it is kept in
   * memory. All else follows in finish(): so what is replaced is never copied, and the new file
   * system needs no more room than its content does.
   */
  private static final ByteString SEEDING = ByteString.of(".vic-seeding");
  private static final Set<ByteString> OF_EMPTY_VOLUMES =
      Set.of(ByteString.of("lost+found"), SEEDING);

  private final Optional<ReplacedDisk> replaced;
  private final DiskFiles old;
  private final Source root;
  private final DraftFolder top;
  private final Set<DraftFolder> folders = new LinkedHashSet<>();
  private @Nullable Begun begun;

  private record Begun(DatastoreWriter disk, Ext4Writer fs, TreeCopy copies) {}

  private DraftDisk(Optional<ReplacedDisk> replaced, DiskFiles old) {
    this.replaced = replaced;
    this.old = old;
    this.root = Source.raw(old, old.root());
    this.top = new DraftFolder(this, null, ByteString.EMPTY, root, null, root.attributes());
  }

  /**
   * Opens a disk.
   *
   * @param replaced what replaces it, closed with this; empty if it is only read
   */
  static DraftDisk open(
      Datastore datastore, DatastorePath vmdk, Kind kind, Optional<ReplacedDisk> replaced) {
    try {
      DiskFiles old = DiskFiles.open(datastore, vmdk, kind);
      try {
        return new DraftDisk(replaced, old);
      } catch (RuntimeException e) {
        old.close();
        throw e;
      }
    } catch (RuntimeException e) {
      replaced.ifPresent(ReplacedDisk::close);
      throw e;
    }
  }

  Optional<ReplacedDisk> replaced() {
    return replaced;
  }

  DiskFiles old() {
    return old;
  }

  /** Its root directory, as it is. */
  Source root() {
    return root;
  }

  /** Its root directory, as it will be. */
  DraftFolder top() {
    return top;
  }

  /**
   * Gives a volume that is empty what the image has at its path, as its guest would: see {@code
   * volumes.go}. What a guest has begun to fill, and has not said to be whole, counts as empty.
   */
  void seed(Source image) {
    if (OF_EMPTY_VOLUMES.containsAll(root.names())) {
      top.clear(SEEDING);
      top.fill(image);
    }
  }

  boolean isWhiteout(Source source) {
    return old.isLayer() && source.disk() == old && OverlayMarks.isWhiteout(source.node());
  }

  void requireWhole(Source source) {
    if (old.isLayer()) {
      OverlayMarks.requireWhole(source.node());
    }
  }

  /** Begins the new file system, and gives its root. */
  int begin(Ext4Attributes attributes) {
    DatastoreWriter disk =
        replaced.orElseThrow(() -> new IllegalStateException("a disk that is only read")).begin();
    Ext4Writer fs = Ext4Writer.create(disk, old.fs().options());
    begun = new Begun(disk, fs, new TreeCopy(fs));
    fs.setAttributes(fs.root(), attributes);
    return fs.root();
  }

  private Begun begun() {
    if (begun == null) {
      throw new IllegalStateException("nothing was changed");
    }
    return begun;
  }

  boolean isChanged() {
    return begun != null;
  }

  Ext4Writer fs() {
    return begun().fs;
  }

  TreeCopy copies() {
    return begun().copies;
  }

  /** Says that a folder is in the new file system. */
  void entered(DraftFolder folder) {
    folders.add(folder);
  }

  /** Says that a folder is no more. */
  void dropped(DraftFolder folder) {
    folders.remove(folder);
  }

  /** Writes what is left to be written, if anything was changed. */
  void finish(Instant now) throws IOException {
    if (isChanged()) {
      for (DraftFolder folder : new ArrayList<>(folders)) {
        folder.finish(now);
      }
      fs().finish();
      begun().disk.setSize(old.diskBytes());
      begun().disk.commit();
    }
  }

  @Override
  public void close() {
    if (begun != null) {
      begun.fs.close();
    }
    old.close();
    replaced.ifPresent(ReplacedDisk::close);
  }
}

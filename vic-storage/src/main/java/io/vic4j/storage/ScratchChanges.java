package io.vic4j.storage;

import io.vic4j.core.CancelledException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.storage.ext4.Ext4Attributes;
import io.vic4j.storage.ext4.Ext4FileType;
import io.vic4j.storage.ext4.Ext4Node;
import io.vic4j.storage.ext4.Ext4Reader;
import io.vic4j.storage.overlay.OverlayMarks;
import io.vic4j.storage.tar.ByteString;
import io.vic4j.storage.tar.TarWriter;
import io.vic4j.storage.vmdk.ReplacedDisk;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;

/**
 * What a machine wrote over its layers, read from its scratch disk: the layer that a commit adds to
 * an image. A scratch disk that was not unmounted is read as after a mount, its journal replayed.
 *
 * <p>The machine must be off. What is on the disk may be anything; {@link CorruptException} and
 * {@link UnsupportedException} say what cannot be read. All methods throw these, and what the
 * datastore throws. Not thread-safe; the caller closes it.
 */
public final class ScratchChanges implements AutoCloseable {
  private static final ByteString UPPER = ByteString.of("upper");

  private final DatastoreReader disk;
  private final Ext4Reader fs;
  private final Optional<Ext4Node> upper;

  private ScratchChanges(DatastoreReader disk, Ext4Reader fs) {
    this.disk = disk;
    this.fs = fs;
    this.upper = fs.find(fs.root(), UPPER);
    if (upper.isPresent() && !upper.get().isDirectory()) {
      throw new CorruptException("the /upper of a scratch disk is no directory", null);
    }
  }

  /**
   * Opens a scratch disk.
   *
   * @throws io.vic4j.core.NotFoundException if it is not there
   */
  public static ScratchChanges open(Datastore datastore, DatastorePath vmdk) {
    DatastoreReader disk = ReplacedDisk.open(datastore, vmdk);
    try {
      return new ScratchChanges(disk, Ext4Reader.open(disk));
    } catch (RuntimeException e) {
      disk.close();
      throw e;
    }
  }

  /**
   * Whether there are none: the machine was never started, or no name below its root was written,
   * and the root looks as before but for its times.
   *
   * @param root the attributes of the root that the layers have
   */
  public boolean isEmpty(Ext4Attributes root) {
    return upper.isEmpty()
        || (fs.names(upper.get()).isEmpty() && looksLike(OverlayMarks.shown(upper.get()), root));
  }

  private static boolean looksLike(Ext4Node node, Ext4Attributes other) {
    Ext4Attributes own = node.attributes();
    return own.permissions() == other.permissions()
        && own.uid() == other.uid()
        && own.gid() == other.gid()
        && own.xattrs().equals(other.xattrs());
  }

  /**
   * Writes them as the tar of a layer, as the OCI image specification has it: whiteouts and opaque
   * directories are marked by names, and nothing tells of overlayfs. The same disk makes the same
   * bytes. Sockets are left out, for archives have no place for them.
   *
   * @param out stays the caller's to close
   * @throws UnsupportedException if a file's name begins with {@code .wh.}, which would delete
   *     something where the layer is applied
   * @throws IOException what the stream throws
   */
  public void writeTar(OutputStream out) throws IOException {
    TarWriter tar = new TarWriter(out);
    if (upper.isPresent()) {
      LayerTarEntries entries = new LayerTarEntries(fs, tar);
      fs.walk(upper.get(), (path, node) -> visit(entries, path, node));
    }
    tar.finish();
  }

  private static void visit(LayerTarEntries entries, ByteString path, Ext4Node node)
      throws IOException {
    CancelledException.throwIfInterrupted("reading of a scratch disk");
    OverlayMarks.requireWhole(node);
    ByteString name = path.substring(LayerTarEntries.lastSlash(path) + 1, path.size());
    if (Whiteout.isMark(name)) {
      throw new UnsupportedException(
          "'"
              + path
              + "' cannot be in a layer: a name that begins with .wh. deletes another; rename it"
              + " first");
    }
    if (node.type() != Ext4FileType.SOCKET) {
      entries.put(path, node);
    }
  }

  @Override
  public void close() {
    disk.close();
  }
}

package io.vic4j.storage;

import io.vic4j.core.CancelledException;
import io.vic4j.storage.ext4.Ext4FileType;
import io.vic4j.storage.ext4.Ext4Node;
import io.vic4j.storage.ext4.Ext4Reader;
import io.vic4j.storage.ext4.Ext4TarEntries;
import io.vic4j.storage.tar.ByteString;
import io.vic4j.storage.tar.TarEntry;
import io.vic4j.storage.tar.TarWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;

/** Writes one layer disk as a layer's tar: overlayfs whiteouts become those of OCI. */
final class LayerTarExport {
  private final StoredLayerDisk disk;
  private final Ext4Reader reader;
  private final ImpliedNames implied;
  private final TarWriter tar;
  private final Ext4TarEntries entries;
  private final Set<ByteString> opaqueDirectories = new HashSet<>();

  LayerTarExport(StoredLayerDisk disk, Ext4Reader reader, ImpliedNames implied, OutputStream out) {
    this.disk = disk;
    this.reader = reader;
    this.implied = implied;
    this.tar = new TarWriter(out);
    this.entries = new Ext4TarEntries(reader, tar);
  }

  void run() throws IOException {
    if (disk.impliedDirectories() > 0) {
      implied.next();
    }
    reader.walk(this::visit);
    if (implied.depth() > 0) {
      throw implied.damaged();
    }
    tar.finish();
  }

  private void visit(ByteString path, Ext4Node node) throws IOException {
    CancelledException.throwIfInterrupted("export of layer " + disk.diffId());
    if (isWhiteout(node)) {
      putWhiteout(path);
    } else if (node.isDirectory()) {
      putDirectory(path, node);
    } else {
      entries.put(path, node);
    }
  }

  private static boolean isWhiteout(Ext4Node node) {
    return node.type() == Ext4FileType.CHARACTER_DEVICE
        && node.deviceMajor() == 0
        && node.deviceMinor() == 0;
  }

  private void putDirectory(ByteString path, Ext4Node node) throws IOException {
    boolean opaque = node.attributes().xattrs().value(LayerTree.OPAQUE).isPresent();
    if (!isImplied(path)) {
      Ext4Node plain =
          new Ext4Node(
              node.inode(),
              node.type(),
              node.attributes().withXattrs(node.attributes().xattrs().without(LayerTree.OPAQUE)),
              node.sizeBytes(),
              node.links(),
              node.deviceMajor(),
              node.deviceMinor());
      entries.put(path, opaque ? plain : node);
    }
    if (opaque) {
      opaqueDirectories.add(path);
      putMark(path.isEmpty() ? Whiteout.OPAQUE_NAME : join(path, Whiteout.OPAQUE_NAME));
    }
  }

  /** Whether no entry of the layer's tar was for this directory; goes on in the list if so. */
  private boolean isImplied(ByteString path) {
    if (path.isEmpty()) {
      return disk.rootImplied();
    }
    if (implied.depth() == 0 || !implied.isAt(path)) {
      return false;
    }
    boolean answer = implied.isImplied();
    implied.next();
    return answer;
  }

  private void putWhiteout(ByteString path) throws IOException {
    int slash = lastSlash(path);
    if (opaqueDirectories.contains(slash < 0 ? ByteString.EMPTY : path.substring(0, slash))) {
      return; // There is nothing below that it could hide.
    }
    ByteArrayOutputStream name = new ByteArrayOutputStream();
    name.writeBytes(ByteString.of(Whiteout.PREFIX).toByteArray());
    name.writeBytes(path.substring(slash + 1, path.size()).toByteArray());
    ByteString mark = ByteString.of(name.toByteArray());
    putMark(slash < 0 ? mark : join(path.substring(0, slash), mark));
  }

  private static int lastSlash(ByteString path) {
    int slash = path.size() - 1;
    while (slash >= 0 && path.at(slash) != '/') {
      slash--;
    }
    return slash;
  }

  private static ByteString join(ByteString folder, ByteString name) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    joined.writeBytes(folder.toByteArray());
    joined.write('/');
    joined.writeBytes(name.toByteArray());
    return ByteString.of(joined.toByteArray());
  }

  /** What a whiteout's owner and time are, nobody looks at. */
  private void putMark(ByteString name) throws IOException {
    tar.put(
        TarEntry.builder(TarEntry.Type.FILE, name)
            .mode(0)
            .owner(0, 0)
            .modified(Instant.EPOCH)
            .sizeBytes(0)
            .build());
  }
}

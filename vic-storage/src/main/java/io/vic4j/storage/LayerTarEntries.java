package io.vic4j.storage;

import io.vic4j.storage.ext4.Ext4Node;
import io.vic4j.storage.ext4.Ext4Reader;
import io.vic4j.storage.ext4.Ext4TarEntries;
import io.vic4j.storage.overlay.OverlayMarks;
import io.vic4j.storage.tar.ByteString;
import io.vic4j.storage.tar.TarEntry;
import io.vic4j.storage.tar.TarWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;

/**
 * Writes what one layer of an overlay has as entries of an OCI layer: its whiteouts become those of
 * the OCI image specification, "Whiteouts". Given the names in the order of a walk.
 */
final class LayerTarEntries {
  private final TarWriter tar;
  private final Ext4TarEntries entries;
  private final Set<ByteString> opaqueDirectories = new HashSet<>();

  LayerTarEntries(Ext4Reader reader, TarWriter tar) {
    this.tar = tar;
    this.entries = new Ext4TarEntries(reader, tar);
  }

  /** Writes what has this name. */
  void put(ByteString path, Ext4Node node) throws IOException {
    if (OverlayMarks.isWhiteout(node)) {
      putWhiteout(path);
      return;
    }
    entries.put(path, OverlayMarks.shown(node));
    if (node.isDirectory()) {
      putOpaque(path, node);
    }
  }

  /** Writes of a directory only that it hides what is below it, if it does. */
  void putOpaque(ByteString path, Ext4Node directory) throws IOException {
    if (OverlayMarks.isOpaque(directory)) {
      opaqueDirectories.add(path);
      putMark(path.isEmpty() ? Whiteout.OPAQUE_NAME : join(path, Whiteout.OPAQUE_NAME));
    }
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

  static int lastSlash(ByteString path) {
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

package io.vic4j.storage;

import io.vic4j.core.CancelledException;
import io.vic4j.storage.ext4.Ext4Node;
import io.vic4j.storage.ext4.Ext4Reader;
import io.vic4j.storage.tar.ByteString;
import io.vic4j.storage.tar.TarWriter;
import java.io.IOException;
import java.io.OutputStream;

/** Writes one layer disk as a layer's tar. */
final class LayerTarExport {
  private final StoredLayerDisk disk;
  private final Ext4Reader reader;
  private final ImpliedNames implied;
  private final TarWriter tar;
  private final LayerTarEntries entries;

  LayerTarExport(StoredLayerDisk disk, Ext4Reader reader, ImpliedNames implied, OutputStream out) {
    this.disk = disk;
    this.reader = reader;
    this.implied = implied;
    this.tar = new TarWriter(out);
    this.entries = new LayerTarEntries(reader, tar);
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
    CancelledException.throwIfInterrupted("export of layer", disk.diffId());
    if (node.isDirectory() && isImplied(path)) {
      entries.putOpaque(path, node);
    } else {
      entries.put(path, node);
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
}

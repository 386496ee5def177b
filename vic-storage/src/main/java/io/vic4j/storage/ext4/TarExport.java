package io.vic4j.storage.ext4;

import io.vic4j.storage.tar.ByteString;
import io.vic4j.storage.tar.TarWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/** Writes one file system as a tar archive. */
final class TarExport {
  private final Ext4Reader reader;
  private final TarWriter tar;
  private final Ext4TarEntries entries;
  private final List<ByteString> sockets = new ArrayList<>();

  TarExport(Ext4Reader reader, OutputStream out) {
    this.reader = reader;
    this.tar = new TarWriter(out);
    this.entries = new Ext4TarEntries(reader, tar);
  }

  List<ByteString> run() throws IOException {
    reader.walk(this::visit);
    tar.finish();
    return sockets;
  }

  private void visit(ByteString path, Ext4Node node) throws IOException {
    if (node.type() == Ext4FileType.SOCKET) {
      sockets.add(path);
    } else {
      entries.put(path, node);
    }
  }
}

package io.vic4j.storage;

import io.vic4j.storage.ext4.Ext4Writer;
import io.vic4j.storage.tar.TarContent;
import java.nio.ByteBuffer;

/** The content of the file that was begun in a file system; what it is not given is a hole. */
final class FileContent implements TarContent {
  private final Ext4Writer fs;
  private long written;

  FileContent(Ext4Writer fs) {
    this.fs = fs;
  }

  @Override
  public void accept(long position, ByteBuffer piece) {
    hole(position);
    int length = piece.remaining();
    fs.write(piece.array(), piece.arrayOffset() + piece.position(), length);
    written += length;
  }

  /** Ends the file at this length. */
  void end(long sizeBytes) {
    hole(sizeBytes);
    fs.endFile();
  }

  private void hole(long end) {
    if (end > written) {
      fs.writeHole(end - written);
      written = end;
    }
  }
}

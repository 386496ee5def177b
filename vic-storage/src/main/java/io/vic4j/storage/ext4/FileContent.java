package io.vic4j.storage.ext4;

import io.vic4j.storage.tar.TarContent;
import java.nio.ByteBuffer;

/**
 * The content of the file that was {@linkplain Ext4Writer#beginFile begun}; what it is not given is
 * a hole. Pieces come in the order of their positions.
 */
public final class FileContent implements TarContent {
  private final Ext4Writer fs;
  private long written;

  /** Of the file that was begun last. */
  public FileContent(Ext4Writer fs) {
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
  public void end(long sizeBytes) {
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

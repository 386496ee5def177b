package io.vic4j.storage.tar;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The content of one entry as a stream, in which holes are zeros. */
final class ContentStream extends InputStream {
  private final TarReader reader;
  private final TarEntry entry;
  private final EntryContent content;
  private final long sizeBytes;
  private long position;
  private @Nullable ByteBuffer piece;
  private long piecePosition;

  ContentStream(TarReader reader, EntryContent content) {
    this.reader = reader;
    this.entry = reader.entry();
    this.content = content;
    this.sizeBytes = entry.sizeBytes();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (reader.entry() != entry) {
      throw new IllegalStateException("the reader has gone on from " + entry);
    }
    if (length == 0) {
      return 0;
    }
    if (position == sizeBytes) {
      return -1;
    }
    ByteBuffer data = piece;
    if (data == null || !data.hasRemaining()) {
      data = content.piece();
      piece = data;
      piecePosition = data == null ? sizeBytes : content.piecePosition();
    }
    int count;
    if (data == null || position < piecePosition) {
      count = (int) Math.min(length, piecePosition - position);
      Arrays.fill(target, offset, offset + count, (byte) 0);
    } else {
      count = Math.min(length, data.remaining());
      data.get(target, offset, count);
      piecePosition += count;
    }
    position += count;
    return count;
  }
}

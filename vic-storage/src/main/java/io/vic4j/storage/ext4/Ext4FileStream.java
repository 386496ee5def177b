package io.vic4j.storage.ext4;

import io.vic4j.core.CancelledException;
import io.vic4j.storage.ext4.FileMap.Run;
import io.vic4j.storage.tar.TarContent;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Reads the content of a file that is kept in blocks from its start. */
final class Ext4FileStream extends InputStream {
  private static final int COPY_BYTES = 128 << 10;

  private final FileMap map;
  private final ImageBlocks blocks;
  private final long sizeBytes;
  private long position;
  private Run run = new Run(0, 0);
  private long runStart;

  Ext4FileStream(FileMap map, ImageBlocks blocks, long sizeBytes) {
    this.map = map;
    this.blocks = blocks;
    this.sizeBytes = sizeBytes;
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) {
    if (length == 0) {
      return 0;
    }
    if (position >= sizeBytes) {
      return -1;
    }
    CancelledException.throwIfInterrupted("reading of a file in an ext4 file system");
    int count = (int) Math.min(length, Math.min(sizeBytes - position, runLeft()));
    if (run.isHole()) {
      Arrays.fill(buffer, offset, offset + count, (byte) 0);
    } else {
      long inRun = position - runStart;
      blocks.readInto(
          run.first() + inRun / blocks.blockBytes(),
          (int) (inRun % blocks.blockBytes()),
          ByteBuffer.wrap(buffer, offset, count));
    }
    position += count;
    return count;
  }

  /** Hands on what is not in a hole, from the position to the end. */
  void copyData(TarContent target) throws IOException {
    byte[] buffer = new byte[(int) Math.min(COPY_BYTES, sizeBytes - position)];
    while (position < sizeBytes) {
      long left = runLeft();
      if (run.isHole()) {
        skip(left);
      } else {
        long at = position;
        int read = read(buffer, 0, buffer.length);
        target.accept(at, ByteBuffer.wrap(buffer, 0, read));
      }
    }
  }

  /** How many bytes there are to the end of the run at this position; finds the run. */
  private long runLeft() {
    long end = runStart + run.count() * blocks.blockBytes();
    if (position >= end || position < runStart) {
      long block = position / blocks.blockBytes();
      run = map.find(block);
      runStart = block * blocks.blockBytes();
      end = runStart + run.count() * blocks.blockBytes();
    }
    return end - position;
  }

  @Override
  public long skip(long count) {
    long skipped = Math.max(0, Math.min(count, sizeBytes - position));
    position += skipped;
    return skipped;
  }

  @Override
  public int available() {
    return (int) Math.min(Integer.MAX_VALUE, sizeBytes - position);
  }
}

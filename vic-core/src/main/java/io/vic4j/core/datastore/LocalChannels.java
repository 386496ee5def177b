package io.vic4j.core.datastore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** What writers of local files do with their channels. */
final class LocalChannels {
  private static final ByteBuffer ZERO = ByteBuffer.allocate(1).asReadOnlyBuffer();

  private LocalChannels() {}

  /**
   * Writes all of a buffer.
   *
   * @return where it ends in the file
   */
  static long write(FileChannel channel, long position, ByteBuffer source) throws IOException {
    long at = position;
    while (source.hasRemaining()) {
      at += channel.write(source, at);
    }
    return at;
  }

  /** Makes a file longer, with a hole at its end, or shorter. */
  static void setSize(FileChannel channel, long sizeBytes) throws IOException {
    long size = channel.size();
    if (sizeBytes < size) {
      channel.truncate(sizeBytes);
    } else if (sizeBytes > size) {
      // A channel cannot grow a file by itself: its last byte does.
      channel.write(ZERO.duplicate(), sizeBytes - 1);
    }
  }
}

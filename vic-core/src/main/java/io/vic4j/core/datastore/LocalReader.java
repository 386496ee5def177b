package io.vic4j.core.datastore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** Reads a local file with positional reads, which need no lock. */
final class LocalReader implements DatastoreReader {
  private final Path file;
  private final FileChannel channel;
  private final long sizeBytes;

  LocalReader(Path file, FileChannel channel) throws IOException {
    this.file = file;
    this.channel = channel;
    this.sizeBytes = channel.size();
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public int read(long position, ByteBuffer target) {
    int total = 0;
    try {
      while (target.hasRemaining()) {
        int read = channel.read(target, position + total);
        if (read < 0) {
          break;
        }
        total += read;
      }
    } catch (IOException e) {
      throw LocalErrors.translate(e, "file", file.toString());
    }
    return total;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw LocalErrors.translate(e, "file", file.toString());
    }
  }
}

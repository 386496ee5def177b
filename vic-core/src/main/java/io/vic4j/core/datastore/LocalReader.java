package io.vic4j.core.datastore;

import io.vic4j.core.CancelledException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/*
 * A channel is closed for all threads if one of them is interrupted while it reads
 * (InterruptibleChannel). The reader then opens the file again for the others, so that one who gives
 * up does not disturb them. If another file stands there by now,
 * they get an error, not other bytes.
 */
/** Reads a local file with positional reads, which need no lock. */
final class LocalReader implements DatastoreReader {
  private final Path file;
  private final long sizeBytes;
  private final @Nullable Object fileKey;
  private volatile FileChannel channel;
  private volatile boolean closed;

  private LocalReader(Path file, FileChannel channel) throws IOException {
    this.file = file;
    this.channel = channel;
    this.sizeBytes = channel.size();
    this.fileKey = fileKey(file);
  }

  static LocalReader open(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      return new LocalReader(file, channel);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public int read(long position, ByteBuffer target) {
    if (position < 0) {
      throw new IllegalArgumentException("negative position: " + position);
    }
    CancelledException.throwIfInterrupted("read of", file);
    int total = 0;
    try {
      while (target.hasRemaining()) {
        int read = readSome(position + total, target);
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

  private int readSome(long position, ByteBuffer target) throws IOException {
    while (true) {
      FileChannel current = channel;
      try {
        return current.read(target, position);
      } catch (ClosedByInterruptException e) {
        throw e;
      } catch (ClosedChannelException e) {
        reopen(current);
      }
    }
  }

  private synchronized void reopen(FileChannel broken) throws IOException {
    if (closed) {
      throw new IllegalStateException("the reader of '" + file + "' is closed");
    }
    if (channel == broken) {
      if (!Objects.equals(fileKey, fileKey(file))) {
        throw new NoSuchFileException(file.toString());
      }
      channel = FileChannel.open(file, StandardOpenOption.READ);
    }
  }

  private static @Nullable Object fileKey(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  @Override
  public synchronized void close() {
    closed = true;
    try {
      channel.close();
    } catch (IOException e) {
      throw LocalErrors.translate(e, "file", file.toString());
    }
  }
}

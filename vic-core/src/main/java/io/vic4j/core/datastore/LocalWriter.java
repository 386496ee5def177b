package io.vic4j.core.datastore;

import io.vic4j.core.CancelledException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes a new local file with positional writes, which leave holes where nothing was written. */
final class LocalWriter implements DatastoreWriter {
  private static final Logger log = LoggerFactory.getLogger(LocalWriter.class);

  /** So much may be written before the disk is made to take it, while others still compute. */
  private static final long UNFORCED_BYTES = 64L << 20;

  private final Path file;
  private final FileChannel channel;
  private long unforced;
  private boolean committed;
  private boolean closed;

  LocalWriter(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  private void check(long position) {
    if (committed || closed) {
      throw new IllegalStateException("'" + file + "' is committed or closed");
    }
    if (position < 0) {
      throw new IllegalArgumentException("negative position: " + position);
    }
    CancelledException.throwIfInterrupted("write of", file);
  }

  @Override
  public void write(long position, ByteBuffer source) {
    check(position);
    try {
      unforced += LocalChannels.write(channel, position, source) - position;
      if (unforced >= UNFORCED_BYTES) {
        channel.force(false);
        unforced = 0;
      }
    } catch (IOException e) {
      throw LocalErrors.translate(e, "file", file.toString());
    }
  }

  @Override
  public void setSize(long sizeBytes) {
    check(sizeBytes);
    try {
      LocalChannels.setSize(channel, sizeBytes);
    } catch (IOException e) {
      throw LocalErrors.translate(e, "file", file.toString());
    }
  }

  @Override
  public void commit() {
    check(0);
    try {
      channel.force(true);
    } catch (IOException e) {
      throw LocalErrors.translate(e, "file", file.toString());
    }
    committed = true;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      channel.close();
      if (!committed) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // Rolling back never hides the failure that led to it; the sweep removes what stays.
      log.warn("could not close '{}'", file, e);
    }
  }
}

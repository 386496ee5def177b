package io.vic4j.core.vsphere;

import io.vic4j.core.CancelledException;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.datastore.DiskSpool;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A new file: in memory as long as it is small, as most are, in a temporary file once it is not.
 * Not thread-safe.
 */
final class UploadWriter implements DatastoreWriter {
  private static final int MOST_IN_MEMORY = 256 << 10;

  private final DiskSpool.Target target;
  private byte[] content = new byte[1 << 10];
  private int sizeBytes;
  private @Nullable DiskSpool spool;
  private boolean ended;

  UploadWriter(DiskSpool.Target target) {
    this.target = target;
  }

  private void check(long position) {
    if (ended) {
      throw new IllegalStateException("the file is committed or closed");
    }
    if (position < 0) {
      throw new IllegalArgumentException("negative position: " + position);
    }
    CancelledException.throwIfInterrupted("write of a file");
  }

  @Override
  public void write(long position, ByteBuffer source) {
    check(position);
    if (!source.hasRemaining()) {
      return;
    }
    DiskSpool large = large(position + source.remaining());
    if (large != null) {
      large.write(position, source);
      return;
    }
    int from = (int) position;
    int count = source.remaining();
    grow(from + count);
    source.get(content, from, count);
    sizeBytes = Math.max(sizeBytes, from + count);
  }

  @Override
  public void setSize(long size) {
    check(size);
    DiskSpool large = large(size);
    if (large != null) {
      large.setSize(size);
      return;
    }
    grow((int) size);
    if (size < sizeBytes) {
      Arrays.fill(content, (int) size, sizeBytes, (byte) 0);
    }
    sizeBytes = (int) size;
  }

  private void grow(int size) {
    if (size > content.length) {
      content = Arrays.copyOf(content, Math.max(size, 2 * content.length));
    }
  }

  /** The temporary file, once the file reaches so far; null while it is in memory. */
  private @Nullable DiskSpool large(long end) {
    if (spool == null && end > MOST_IN_MEMORY) {
      DiskSpool fresh = DiskSpool.beginFile(target);
      fresh.write(0, ByteBuffer.wrap(content, 0, sizeBytes));
      spool = fresh;
      content = new byte[0];
    }
    return spool;
  }

  @Override
  public void commit() {
    check(0);
    if (spool != null) {
      spool.commit();
    } else {
      target.take(new Small(Arrays.copyOf(content, sizeBytes)));
    }
    ended = true;
  }

  @Override
  public void close() {
    ended = true;
    if (spool != null) {
      spool.close();
    }
  }

  /** A file in memory. */
  private static final class Small implements DatastoreReader {
    private final byte[] content;

    Small(byte[] content) {
      this.content = content;
    }

    @Override
    public long sizeBytes() {
      return content.length;
    }

    @Override
    public int read(long position, ByteBuffer to) {
      int count = (int) Math.min(to.remaining(), Math.max(0, content.length - position));
      if (count > 0) {
        to.put(content, (int) position, count);
      }
      return Math.max(0, count);
    }

    @Override
    public void close() {}
  }
}

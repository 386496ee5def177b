package io.vic4j.core.vsphere;

import io.vic4j.core.CancelledException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.http.BodyStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads a file of a datastore anywhere, by requests for ranges. What is near what was read before
 * comes from memory: a few blocks are kept, for a file system's tables are read in small pieces.
 */
final class VsphereReader implements DatastoreReader {
  private static final int BLOCK_BYTES = 256 << 10;
  private static final int BLOCKS = 16;

  private final FolderHttp http;
  private final DatastorePath file;
  private final long sizeBytes;

  /** The latest blocks, that which was not used for longest first; guarded by itself. */
  private final Map<Long, byte[]> blocks = new LinkedHashMap<>(2 * BLOCKS, 0.75f, true);

  VsphereReader(FolderHttp http, DatastorePath file, long sizeBytes) {
    this.http = http;
    this.file = file;
    this.sizeBytes = sizeBytes;
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
    int wanted = (int) Math.min(target.remaining(), Math.max(0, sizeBytes - position));
    int read = 0;
    while (read < wanted) {
      long at = position + read;
      byte[] block = block(at / BLOCK_BYTES);
      int offset = (int) (at % BLOCK_BYTES);
      int count = Math.min(wanted - read, block.length - offset);
      target.put(block, offset, count);
      read += count;
    }
    return read;
  }

  private byte[] block(long number) {
    synchronized (blocks) {
      byte[] known = blocks.get(number);
      if (known != null) {
        return known;
      }
    }
    byte[] fetched = fetch(number);
    synchronized (blocks) {
      blocks.put(number, fetched);
      Iterator<byte[]> oldest = blocks.values().iterator();
      while (blocks.size() > BLOCKS && oldest.hasNext()) {
        oldest.next();
        oldest.remove();
      }
    }
    return fetched;
  }

  private byte[] fetch(long number) {
    long from = number * BLOCK_BYTES;
    int count = (int) Math.min(BLOCK_BYTES, sizeBytes - from);
    for (int attempt = 1; ; attempt++) {
      HttpResponse<BodyStream> answer = http.get(file, from, count);
      try (InputStream body = answer.body()) {
        byte[] content = body.readNBytes(count);
        if (content.length < count) {
          throw new IOException("it ended at " + (from + content.length) + " of " + sizeBytes);
        }
        return content;
      } catch (IOException e) {
        if (attempt == 3) {
          throw http.broken(file, e);
        }
        VimHttp.pause("read of " + file, attempt);
      }
    }
  }

  @Override
  public InputStream stream() {
    return sizeBytes == 0 ? InputStream.nullInputStream() : FileStream.open(http, file, 0);
  }

  @Override
  public void close() {
    synchronized (blocks) {
      blocks.clear();
    }
  }
}

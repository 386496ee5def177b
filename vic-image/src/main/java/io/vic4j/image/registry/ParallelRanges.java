package io.vic4j.image.registry;

import io.vic4j.core.CancelledException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.VicException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Fetches large blobs over several connections at once. The first part is read as it comes; those
 * after it are fetched into memory meanwhile, as many as there are connections, and given out in
 * their order. A registry that does not give parts gives all over the one connection.
 */
final class ParallelRanges {
  private static final int PIECE_BYTES = 8 << 20;
  private static final long LEAST_BYTES = 4L * PIECE_BYTES;

  private final int connections;
  private final @Nullable ExecutorService threads;

  /**
   * How to fetch.
   *
   * @param threads what waits for the parts; null if there is one connection only
   */
  ParallelRanges(int connections, @Nullable ExecutorService threads) {
    this.connections = connections;
    this.threads = threads;
  }

  /** Opens a part of a blob. */
  @FunctionalInterface
  interface Parts {
    BlobStream open(long from, long to);
  }

  InputStream open(Parts parts, String what, long offset, long sizeBytes) {
    ExecutorService pool = threads;
    if (pool == null || sizeBytes - offset < LEAST_BYTES) {
      return parts.open(offset, sizeBytes);
    }
    BlobStream first = parts.open(offset, offset + PIECE_BYTES);
    return first.isPart()
        ? new Parallel(pool, parts, what, first, offset + PIECE_BYTES, sizeBytes)
        : first;
  }

  /** One blob. One thread's. */
  private final class Parallel extends InputStream {
    private final ExecutorService pool;
    private final Parts parts;
    private final String what;
    private final long sizeBytes;
    private final Deque<Future<byte[]>> ahead = new ArrayDeque<>();
    private @Nullable InputStream first;
    private long next;
    private byte[] piece = new byte[0];
    private int at;

    Parallel(
        ExecutorService pool,
        Parts parts,
        String what,
        BlobStream first,
        long next,
        long sizeBytes) {
      this.pool = pool;
      this.parts = parts;
      this.what = what;
      this.first = first;
      this.next = next;
      this.sizeBytes = sizeBytes;
      ask();
    }

    private void ask() {
      int wanted = first == null ? connections : connections - 1;
      while (ahead.size() < wanted && next < sizeBytes) {
        long from = next;
        long to = Math.min(sizeBytes, from + PIECE_BYTES);
        ahead.add(pool.submit(() -> fetch(from, to)));
        next = to;
      }
    }

    private byte[] fetch(long from, long to) throws IOException {
      try (BlobStream in = parts.open(from, to)) {
        byte[] content = in.readNBytes((int) (to - from));
        if (content.length < to - from) {
          throw new CorruptException(what + " is corrupt: it ends before byte " + to, null);
        }
        return content;
      }
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      InputStream head = first;
      if (head != null) {
        int read = head.read(buffer, offset, length);
        if (read >= 0) {
          return read;
        }
        first = null;
        head.close();
      }
      if (at == piece.length) {
        ask();
        Future<byte[]> coming = ahead.poll();
        if (coming == null) {
          return -1;
        }
        piece = await(coming);
        at = 0;
        ask();
      }
      int count = Math.min(length, piece.length - at);
      System.arraycopy(piece, at, buffer, offset, count);
      at += count;
      return count;
    }

    private byte[] await(Future<byte[]> coming) throws IOException {
      try {
        return coming.get();
      } catch (InterruptedException e) {
        coming.cancel(true);
        throw CancelledException.from(e, "download of " + what);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof VicException failure) {
          throw failure;
        }
        throw new IOException(e.getCause());
      }
    }

    @Override
    public void close() throws IOException {
      ahead.forEach(coming -> coming.cancel(true));
      ahead.clear();
      next = sizeBytes;
      InputStream head = first;
      first = null;
      if (head != null) {
        head.close();
      }
    }
  }
}

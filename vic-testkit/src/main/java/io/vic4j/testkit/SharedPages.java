package io.vic4j.testkit;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Pages that many files hold alike, such as those of new scratch disks: kept once, and never
 * written. Only so many are remembered. Thread-safe.
 */
final class SharedPages {
  private static final int MOST = 4096;

  private final Map<Key, byte[]> pages = new ConcurrentHashMap<>();

  private static final class Key {
    private final ByteBuffer page;
    private final int hash;

    Key(ByteBuffer page) {
      this.page = page;
      CRC32C crc = new CRC32C(); // The processor computes it; hashCode goes byte by byte.
      crc.update(page.duplicate());
      this.hash = (int) crc.getValue();
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key that && hash == that.hash && page.equals(that.page);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  /** The page that holds what stands in a buffer, to be only read; null if none is known. */
  byte @Nullable [] find(ByteBuffer content) {
    return pages.get(new Key(content));
  }

  /** The page that stands for all that hold the same as this one: from now on it is only read. */
  byte[] shared(byte[] page) {
    Key key = new Key(ByteBuffer.wrap(page));
    byte[] known = pages.get(key);
    if (known != null) {
      return known;
    }
    if (pages.size() >= MOST) {
      return page;
    }
    byte[] other = pages.putIfAbsent(key, page);
    return other == null ? page : other;
  }
}

package io.vic4j.testkit;

import java.util.Arrays;
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
    private final byte[] page;
    private final int hash;

    Key(byte[] page) {
      this.page = page;
      CRC32C crc = new CRC32C(); // The processor computes it; Arrays.hashCode goes byte by byte.
      crc.update(page);
      this.hash = (int) crc.getValue();
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key that && hash == that.hash && Arrays.equals(page, that.page);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  /** The page that stands for all that hold the same as this one: from now on it is only read. */
  byte[] shared(byte[] page) {
    Key key = new Key(page);
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

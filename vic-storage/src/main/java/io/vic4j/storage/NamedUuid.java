package io.vic4j.storage;

import io.vic4j.core.Digest;
import java.nio.ByteBuffer;
import java.util.UUID;

/** UUIDs that derive from a name. Source: RFC 9562, section 5.8 (version 8). */
final class NamedUuid {
  private NamedUuid() {}

  /** The same name has the same UUID everywhere. */
  static UUID of(String name) {
    ByteBuffer hash = ByteBuffer.wrap(Digest.sha256(name).bytes());
    long high = (hash.getLong() & ~0xf000L) | 0x8000L;
    long low = (hash.getLong() & ~(3L << 62)) | (2L << 62);
    return new UUID(high, low);
  }
}

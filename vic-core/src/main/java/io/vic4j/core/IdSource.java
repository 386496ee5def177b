package io.vic4j.core;

import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * Where new identifiers come from: a seam, so that a test's identifiers can be foreseen.
 * Implementations are thread-safe.
 */
@FunctionalInterface
public interface IdSource {
  /** A new identifier of 64 lower-case hexadecimal digits that this source never gave before. */
  String next();

  /** Unguessable identifiers of 256 random bits. */
  static IdSource random() {
    SecureRandom random = new SecureRandom();
    return () -> {
      byte[] bytes = new byte[32];
      random.nextBytes(bytes);
      return HexFormat.of().formatHex(bytes);
    };
  }
}

package io.vic4j.storage.ext4;

import java.util.UUID;

/**
 * The hash of names in indexed directories: half of MD4, over unsigned bytes (kernel,
 * fs/ext4/hash.c, "half_md4_unsigned").
 */
final class NameHash {
  private static final int CHUNK_BYTES = 32;
  private static final int ROUND_2 = 0x5A827999;
  private static final int ROUND_3 = 0x6ED9EBA1;

  /** Marks the end of a directory to its readers, so no name may have it. */
  private static final int END = 0x7FFFFFFF << 1;

  private final int[] seed = new int[4];
  private final int[] state = new int[4];
  private final int[] chunk = new int[CHUNK_BYTES / 4];

  NameHash(UUID hashSeed) {
    byte[] bytes = MetadataChecksum.bytes(hashSeed);
    int any = 0;
    for (int i = 0; i < seed.length; i++) {
      seed[i] = LittleEndian.getInt(bytes, i * 4);
      any |= seed[i];
    }
    if (any == 0) { // No seed: the start values of MD4.
      seed[0] = 0x67452301;
      seed[1] = 0xEFCDAB89;
      seed[2] = 0x98BADCFE;
      seed[3] = 0x10325476;
    }
  }

  /** The hash of a name; its lowest bit is 0. */
  int of(byte[] source, int offset, int length) {
    System.arraycopy(seed, 0, state, 0, state.length);
    for (int done = 0; done < length; done += CHUNK_BYTES) {
      fillChunk(source, offset + done, length - done);
      transform();
    }
    int hash = state[1] & ~1;
    return hash == END ? END - 2 : hash;
  }

  /** The next 32 bytes as big-endian words; what is missing is filled with the rest's length. */
  private void fillChunk(byte[] source, int offset, int rest) {
    int pad = rest | (rest << 8);
    pad |= pad << 16;
    int count = Math.min(rest, CHUNK_BYTES);
    int word = pad;
    int words = 0;
    for (int i = 0; i < count; i++) {
      word = (source[offset + i] & 0xFF) + (word << 8);
      if ((i & 3) == 3) {
        chunk[words++] = word;
        word = pad;
      }
    }
    if (words < chunk.length) {
      chunk[words++] = word;
    }
    while (words < chunk.length) {
      chunk[words++] = pad;
    }
  }

  private void transform() {
    int a = state[0];
    int b = state[1];
    int c = state[2];
    int d = state[3];
    for (int i = 0; i < 8; i += 4) {
      a = Integer.rotateLeft(a + choose(b, c, d) + chunk[i], 3);
      d = Integer.rotateLeft(d + choose(a, b, c) + chunk[i + 1], 7);
      c = Integer.rotateLeft(c + choose(d, a, b) + chunk[i + 2], 11);
      b = Integer.rotateLeft(b + choose(c, d, a) + chunk[i + 3], 19);
    }
    for (int i = 1; i >= 0; i--) {
      a = Integer.rotateLeft(a + majority(b, c, d) + chunk[i] + ROUND_2, 3);
      d = Integer.rotateLeft(d + majority(a, b, c) + chunk[i + 2] + ROUND_2, 5);
      c = Integer.rotateLeft(c + majority(d, a, b) + chunk[i + 4] + ROUND_2, 9);
      b = Integer.rotateLeft(b + majority(c, d, a) + chunk[i + 6] + ROUND_2, 13);
    }
    for (int i = 3; i >= 1; i -= 2) {
      a = Integer.rotateLeft(a + (b ^ c ^ d) + chunk[i] + ROUND_3, 3);
      d = Integer.rotateLeft(d + (a ^ b ^ c) + chunk[i + 4] + ROUND_3, 9);
      c = Integer.rotateLeft(c + (d ^ a ^ b) + chunk[i - 1] + ROUND_3, 11);
      b = Integer.rotateLeft(b + (c ^ d ^ a) + chunk[i + 3] + ROUND_3, 15);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
  }

  private static int choose(int x, int y, int z) {
    return z ^ (x & (y ^ z));
  }

  private static int majority(int x, int y, int z) {
    return (x & y) + ((x ^ y) & z);
  }
}

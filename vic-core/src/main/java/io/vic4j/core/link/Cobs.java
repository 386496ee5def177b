package io.vic4j.core.link;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * Consistent overhead byte stuffing: bytes without zeros, one more for each 254.
 *
 * @see <a href="https://doi.org/10.1109/90.769765">S. Cheshire, M. Baker: Consistent Overhead Byte
 *     Stuffing</a>
 */
final class Cobs {
  /*
   * A block is a code and the bytes that follow it: code n has n - 1 of them, and stands for these
   * and a zero; code 255 has 254, and stands for them alone. The zero of the last block is not
   * there.
   */
  private static final int LONGEST = 0xFF;

  private Cobs() {}

  /** The bytes, encoded, and a zero behind them. */
  static byte[] encode(ByteBuffer plain) {
    byte[] out = new byte[plain.remaining() + plain.remaining() / (LONGEST - 1) + 2];
    int code = 0; // Where the code of this block goes.
    int end = 1;
    while (plain.hasRemaining()) {
      byte next = plain.get();
      if (next != 0) {
        out[end++] = next;
      }
      if (next == 0 || (end - code == LONGEST && plain.hasRemaining())) {
        out[code] = (byte) (end - code);
        code = end++;
      }
    }
    out[code] = (byte) (end - code);
    return Arrays.copyOf(out, end + 1);
  }

  /** The bytes that were encoded so, without the zero behind them; empty if they never were. */
  static Optional<ByteBuffer> decode(byte[] encoded, int length) {
    byte[] out = new byte[length];
    int end = 0;
    int from = 0;
    while (from < length) {
      int code = encoded[from++] & 0xFF;
      if (code == 0 || from + code - 1 > length) {
        return Optional.empty();
      }
      System.arraycopy(encoded, from, out, end, code - 1);
      end += code - 1;
      from += code - 1;
      if (code != LONGEST && from < length) {
        end++; // The zero.
      }
    }
    return Optional.of(ByteBuffer.wrap(out, 0, end));
  }
}

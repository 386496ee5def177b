package io.vic4j.storage.vmdk;

import io.vic4j.core.CorruptException;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Decompresses one grain into exactly its size. A grain that would be larger is refused as soon as
 * the room is full, so what is stored in few bytes cannot ask for much memory or time.
 */
final class GrainInflater {
  private GrainInflater() {}

  /** The most bytes that a compressed grain may have: deflate can grow what does not shrink. */
  static int maxCompressedBytes(int grainBytes) {
    return 2 * grainBytes;
  }

  /**
   * Decompresses {@code compressed}, a zlib stream (RFC 1950).
   *
   * @param needed bytes of the grain that lie in the disk: a writer may leave out those past its
   *     end
   */
  static byte[] inflate(ByteBuffer compressed, int grainBytes, int needed, long grain) {
    byte[] content = new byte[grainBytes];
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(compressed);
      int length = 0;
      while (length < grainBytes) {
        int inflated = inflater.inflate(content, length, grainBytes - length);
        if (inflated == 0) {
          break; // The end, or input that is missing.
        }
        length += inflated;
      }
      if (!inflater.finished() && inflater.inflate(new byte[1]) > 0) {
        throw SparseHeader.corrupt("grain " + grain + " has more than " + grainBytes + " bytes");
      }
      if (!inflater.finished() || length < needed) {
        throw SparseHeader.corrupt("grain " + grain + " ends after " + length + " bytes");
      }
      return content;
    } catch (DataFormatException e) {
      throw new CorruptException("not a sound VMDK: grain " + grain + " cannot be decompressed", e);
    } finally {
      inflater.end();
    }
  }
}

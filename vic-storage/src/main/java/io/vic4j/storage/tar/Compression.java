package io.vic4j.storage.tar;

import io.vic4j.core.UnsupportedException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;

/** How an archive is compressed, told by its first bytes, whatever others say of it. */
public enum Compression {
  /** Not at all. */
  NONE,
  /** gzip, RFC 1952; any number of members. */
  GZIP,
  /** Zstandard, RFC 8878; any number of frames, skippable ones included. */
  ZSTD;

  private static final int MAGIC_BYTES = 4;
  private static final int BUFFER_BYTES = 64 * 1024;
  private static final int ZSTD_MAGIC = 0xFD2FB528;
  private static final int SKIPPABLE_MAGIC = 0x184D2A50; // and the fifteen that follow

  /**
   * The uncompressed bytes of a stream that is compressed in one of these ways.
   *
   * <p>Damage is a {@link TarException}, what the stream throws goes through. The stream is read to
   * its very end before the end is told: bytes that belong to nothing are damage, except zeros that
   * pad a last gzip member. Closing the result frees what it holds outside of the heap, and closes
   * the stream.
   *
   * @throws io.vic4j.core.UnsupportedException if it is ZSTD, and the library for it is missing
   */
  public static InputStream decompress(InputStream in) throws IOException {
    BufferedInputStream buffered = new BufferedInputStream(in, BUFFER_BYTES);
    buffered.mark(MAGIC_BYTES);
    Compression compression = of(buffered.readNBytes(MAGIC_BYTES));
    buffered.reset();
    return switch (compression) {
      case NONE -> buffered;
      case GZIP -> new GzipStream(buffered);
      case ZSTD -> unwrapZstd(buffered);
    };
  }

  private static InputStream unwrapZstd(InputStream in) throws IOException {
    try {
      return ZstdStream.open(in);
    } catch (LinkageError e) {
      throw new UnsupportedException(
          "the data is compressed with Zstandard: add com.github.luben:zstd-jni to the class path"
              + " to read it",
          e);
    }
  }

  /**
   * What a stream that begins so is compressed with.
   *
   * @param start the first four bytes; fewer if there are no more
   */
  static Compression of(byte[] start) {
    if (start.length >= 2 && start[0] == (byte) 0x1f && start[1] == (byte) 0x8b) {
      return GZIP;
    }
    if (start.length >= MAGIC_BYTES) {
      int magic =
          (start[0] & 0xff)
              | ((start[1] & 0xff) << 8)
              | ((start[2] & 0xff) << 16)
              | ((start[3] & 0xff) << 24);
      if (magic == ZSTD_MAGIC || (magic & ~0xf) == SKIPPABLE_MAGIC) {
        return ZSTD;
      }
    }
    return NONE;
  }
}

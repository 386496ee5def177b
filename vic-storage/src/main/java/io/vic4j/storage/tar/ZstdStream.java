package io.vic4j.storage.tar;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.vic4j.storage.tar.TarException.Reason;
import java.io.IOException;
import java.io.InputStream;

/**
 * The content of a Zstandard file of any number of frames, by zstd-jni, which is an optional
 * dependency: nothing else names its classes. Source: RFC 8878.
 */
final class ZstdStream extends InputStream {
  private final ZstdInputStreamNoFinalizer frames;

  private ZstdStream(InputStream in) throws IOException {
    frames = new ZstdInputStreamNoFinalizer(in);
  }

  static InputStream open(InputStream in) throws IOException {
    return new ZstdStream(in);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    try {
      return frames.read(target, offset, length);
    } catch (ZstdIOException e) {
      // The library has no code of its own for an end within a frame.
      boolean truncated = String.valueOf(e.getMessage()).startsWith("Truncated");
      throw new TarException(
          truncated ? Reason.TRUNCATED : Reason.MALFORMED,
          null,
          truncated
              ? "Zstandard data ends within a frame"
              : "invalid Zstandard data: " + e.getMessage(),
          e);
    }
  }

  @Override
  public void close() throws IOException {
    frames.close();
  }
}

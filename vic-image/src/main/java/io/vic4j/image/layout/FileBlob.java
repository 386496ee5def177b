package io.vic4j.image.layout;

import io.vic4j.core.CancelledException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VicException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedByInterruptException;

/** A blob in a file, whose failures are this library's. */
final class FileBlob extends FilterInputStream {
  private final String what;

  FileBlob(String what, InputStream in) {
    super(in);
    this.what = what;
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) {
    try {
      return in.read(buffer, offset, length);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private VicException failed(IOException e) {
    return e instanceof ClosedByInterruptException
        ? new CancelledException("cancelled: reading of '" + what + "'", e)
        : new UnavailableException("'" + what + "' cannot be read: " + e.getMessage(), e);
  }
}

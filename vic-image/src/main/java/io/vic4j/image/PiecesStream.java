package io.vic4j.image;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads files one after another, each opened when it is its turn. */
final class PiecesStream extends InputStream {
  private final Datastore datastore;
  private final Deque<DatastorePath> files;
  private @Nullable InputStream current;

  PiecesStream(Datastore datastore, List<DatastorePath> files) {
    this.datastore = datastore;
    this.files = new ArrayDeque<>(files);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (true) {
      if (current == null) {
        DatastorePath next = files.poll();
        if (next == null) {
          return -1;
        }
        current = datastore.read(next);
      }
      int read = current.read(buffer, offset, length);
      if (read >= 0) {
        return read;
      }
      close();
    }
  }

  @Override
  public void close() throws IOException {
    InputStream in = current;
    current = null;
    if (in != null) {
      in.close();
    }
  }
}

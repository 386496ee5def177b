package io.vic4j.core.vsphere;

import io.vic4j.core.datastore.DatastoreReader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;

/** The bodies of requests that write files. */
final class Uploads {
  private Uploads() {}

  /** The content of a file; its holes as zeros. */
  static BodyPublisher body(DatastoreReader content) {
    return content.sizeBytes() == 0
        ? BodyPublishers.noBody()
        : BodyPublishers.fromPublisher(
            BodyPublishers.ofInputStream(() -> new Unclosed(content.stream())),
            content.sizeBytes());
  }

  /** The content stays its owner's to close, for it may have to be sent again. */
  private static final class Unclosed extends FilterInputStream {
    Unclosed(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      return in.read(buffer, offset, length);
    }

    @Override
    public void close() {}
  }
}

package io.vic4j.core.vsphere;

import io.vic4j.core.datastore.DatastoreReader;
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
            BodyPublishers.ofInputStream(content::stream), content.sizeBytes());
  }
}

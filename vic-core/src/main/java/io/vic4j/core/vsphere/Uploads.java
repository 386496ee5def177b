package io.vic4j.core.vsphere;

import io.vic4j.core.IdSource;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.datastore.DiskSpool;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;

/** What is on its way to a datastore, kept on this machine until it is whole. Thread-safe. */
final class Uploads {
  private final Path folder;
  private final IdSource ids;

  /**
   * Uploads by way of a folder.
   *
   * @param folder for temporary files on this machine
   * @param ids where the names of temporary files on the datastore come from
   */
  Uploads(Path folder, IdSource ids) {
    this.folder = folder;
    this.ids = ids;
  }

  /** The folder for temporary files. */
  Path folder() {
    return folder;
  }

  /** A name that nothing has. */
  String newName() {
    return ids.next().substring(0, 32);
  }

  /** Begins a file: small ones stay in memory. */
  DatastoreWriter begin(DiskSpool.Target target) {
    return new UploadWriter(folder, target);
  }

  /** The content of a file, as the body of a request; its holes as zeros. */
  static BodyPublisher body(DatastoreReader content) {
    return content.sizeBytes() == 0
        ? BodyPublishers.noBody()
        : BodyPublishers.fromPublisher(
            BodyPublishers.ofInputStream(content::stream), content.sizeBytes());
  }
}

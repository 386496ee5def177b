package io.vic4j.storage.overlay;

import io.vic4j.storage.tar.ByteString;
import java.util.Optional;

/** What has a name in a file system that is being changed. */
sealed interface DraftNode permits DraftFolder, DraftLeaf {
  /** The disk that it is on, or will be on when it is changed. */
  DraftDisk disk();

  /** Where it leads, if it is a symbolic link. */
  Optional<ByteString> linkTarget();
}

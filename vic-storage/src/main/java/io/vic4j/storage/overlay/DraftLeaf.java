package io.vic4j.storage.overlay;

import io.vic4j.storage.tar.ByteString;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What is no folder: made now, or to be copied when all is written.
 *
 * @param folder where it is
 * @param name its name there
 * @param node its node in the new file system; empty if it is to be copied
 * @param copied what it is copied from; null if it was made
 * @param isBelow whether only the layers below the disk's own have it
 * @param linkTarget where it leads, if it is a symbolic link
 */
record DraftLeaf(
    DraftFolder folder,
    ByteString name,
    OptionalInt node,
    @Nullable Source copied,
    boolean isBelow,
    Optional<ByteString> linkTarget)
    implements DraftNode {
  static DraftLeaf made(
      DraftFolder folder, ByteString name, int node, @Nullable ByteString linkTarget) {
    return new DraftLeaf(
        folder, name, OptionalInt.of(node), null, false, Optional.ofNullable(linkTarget));
  }

  static DraftLeaf copied(DraftFolder folder, ByteString name, Source copied, boolean isBelow) {
    return new DraftLeaf(folder, name, OptionalInt.empty(), copied, isBelow, copied.linkTarget());
  }

  Source source() {
    if (copied == null) {
      throw new IllegalStateException("'" + name + "' is not to be copied");
    }
    return copied;
  }

  @Override
  public DraftDisk disk() {
    return folder.disk();
  }
}

package io.vic4j.storage.ext4;

import io.vic4j.storage.tar.ByteString;
import java.io.IOException;

/** Sees each name of a file system once. */
@FunctionalInterface
public interface Ext4Visitor {
  /**
   * One name.
   *
   * @param path the names from the root down, joined by {@code /}; empty for the root
   * @param node what has this name; the same for each name of a file with several
   */
  void visit(ByteString path, Ext4Node node) throws IOException;
}

package io.vic4j.storage.tar;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Takes the content of a file piece by piece, in order. What it is not given is a hole. */
@FunctionalInterface
public interface TarContent {
  /**
   * Takes one piece.
   *
   * @param position where in the file it begins
   * @param piece its bytes, one at least; theirs is the reader's buffer, so they are not changed
   *     and not kept after this returns
   */
  void accept(long position, ByteBuffer piece) throws IOException;
}

package io.vic4j.image;

import java.io.IOException;
import java.io.OutputStream;

/** What is to be in a new layer. */
@FunctionalInterface
public interface LayerContent {
  /**
   * Writes it as the uncompressed tar of a layer; called once.
   *
   * @param out is not closed here
   * @throws IOException what the stream throws
   */
  void writeTo(OutputStream out) throws IOException;
}

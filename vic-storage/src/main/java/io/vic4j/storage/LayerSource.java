package io.vic4j.storage;

import java.io.IOException;
import java.io.InputStream;

/**
 * Where the tar of one layer can be read from, when it is needed. A layer that is there already is
 * never opened.
 */
@FunctionalInterface
public interface LayerSource {
  /**
   * Begins to read the layer's tar, compressed with gzip or zstd or not at all: its content tells.
   * Called at most once for each call that takes a source; who called closes the stream.
   *
   * <p>The stream is read to its very end before anything is published, so it may verify at its end
   * what it has delivered, and throw a {@link io.vic4j.core.VicException}. An {@link IOException}
   * reaches the caller as {@link io.vic4j.core.UnavailableException}.
   */
  InputStream open() throws IOException;
}

package io.vic4j.core.vm;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;

/** A file or folder of a container VM, with all below it, as a tar. Not thread-safe. */
public interface CopiedFiles extends Closeable {
  /**
   * What was copied.
   *
   * @param name the last part of its path; {@code /} for the root
   * @param mode its type and permissions, as {@code st_mode} of stat(2)
   * @param sizeBytes its size; of a folder, whatever the file system says
   * @param modified when its content changed last
   * @param linkTarget what it points to, if it is a symbolic link; else empty
   */
  record Stat(String name, int mode, long sizeBytes, Instant modified, String linkTarget) {}

  /** What it is. */
  Stat stat();

  /**
   * Writes it as a tar (pax format), once. Names begin with the last part of the path. Extended
   * attributes are {@code SCHILY.xattr.*}.
   *
   * @param out stays the caller's
   * @throws io.vic4j.core.VicException if the VM ends, or a file cannot be read, before it is whole
   * @throws io.vic4j.core.ConflictException if the VM was off and is started meanwhile
   * @throws IOException what the stream throws
   */
  void writeTo(OutputStream out) throws IOException;

  /** Ends it, whole or not. Closing twice is fine. */
  @Override
  void close();
}

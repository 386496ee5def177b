package io.vic4j.pod;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A file of a {@link PodVolume.Files}. What is in it goes to the pod, and is not kept beside that:
 * a pod that is asked for tells where its files are, not what is in them.
 *
 * @param path where in the volume: relative, names with slashes between them
 * @param mode its permissions, such as {@code 0644}
 * @param content what is in it; empty of a pod that was asked for
 */
public record PodFile(String path, int mode, Optional<ByteBuffer> content) {
  /** A file of these bytes. */
  public static PodFile of(String path, int mode, byte[] content) {
    return new PodFile(
        path, mode, Optional.of(ByteBuffer.wrap(content.clone()).asReadOnlyBuffer()));
  }

  /** A file of this text, as UTF-8, that all may read. */
  public static PodFile of(String path, String content) {
    return of(path, 0644, content.getBytes(StandardCharsets.UTF_8));
  }

  /** Its path and mode; not what is in it, which may be secret. */
  @Override
  public String toString() {
    return "PodFile[" + path + ", 0" + Integer.toOctalString(mode) + "]";
  }
}

package io.vic4j.image.registry;

import java.util.List;

/**
 * How an image is pushed. Immutable.
 *
 * @param mountFrom repositories of the same registry that may have some of the blobs, such as
 *     {@code lib/base}; the one that the image is read from need not be named
 * @param chunkBytes how many bytes of a blob are sent, and held in memory, at once
 * @param parallelBlobs how many blobs are sent at a time
 */
public record PushOptions(List<String> mountFrom, int chunkBytes, int parallelBlobs) {
  /** No other repository; chunks of 8 MiB, of three blobs at a time. */
  public static final PushOptions DEFAULT = new PushOptions(List.of(), 8 << 20, 3);

  private static final int SMALLEST_CHUNK = 64 << 10;

  /**
   * Copies the repositories; checks that chunks are not smaller than 64 KiB, and blobs are sent.
   */
  public PushOptions {
    mountFrom = List.copyOf(mountFrom);
    if (chunkBytes < SMALLEST_CHUNK) {
      throw new IllegalArgumentException(
          "chunks must have at least " + SMALLEST_CHUNK + " bytes, not " + chunkBytes);
    }
    if (parallelBlobs < 1) {
      throw new IllegalArgumentException("at least one blob is sent: " + parallelBlobs);
    }
  }

  /** The same, with these repositories to mount from. */
  public PushOptions withMountFrom(String... repositories) {
    return new PushOptions(List.of(repositories), chunkBytes, parallelBlobs);
  }

  /** The same, with so many blobs at a time. */
  public PushOptions withParallelBlobs(int newParallelBlobs) {
    return new PushOptions(mountFrom, chunkBytes, newParallelBlobs);
  }

  /** The same, with chunks of this size. */
  public PushOptions withChunkBytes(int newChunkBytes) {
    return new PushOptions(mountFrom, newChunkBytes, parallelBlobs);
  }
}

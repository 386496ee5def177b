package io.vic4j.image;

/**
 * Keeps {@link ImageStore#collect} from removing an image and its layer disks while they are being
 * fetched, before any scope refers to them. Thread-safe; closing it ends it, and twice is fine.
 *
 * <p>A lease that nobody renews runs out, so that one of a crashed process does not hold for ever.
 */
public interface ImageLease extends AutoCloseable {
  /** Says that the holder is alive; to be called every few minutes. */
  void renew();

  @Override
  void close();
}

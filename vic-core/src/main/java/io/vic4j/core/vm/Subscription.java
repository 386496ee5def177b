package io.vic4j.core.vm;

/** Changes being told to a listener. Closing it twice is fine. */
@FunctionalInterface
public interface Subscription extends AutoCloseable {
  /** Ends it: no call to the listener begins after this has returned. */
  @Override
  void close();
}

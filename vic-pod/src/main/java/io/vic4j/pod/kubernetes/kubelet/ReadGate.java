package io.vic4j.pod.kubernetes.kubelet;

import io.netty.channel.Channel;

/**
 * Stops reading from a connection while too much of what came is still held, so that TCP slows down
 * who sends. Thread-safe.
 */
final class ReadGate {
  private final Channel channel;
  private final long high;
  private final long low;
  private long held;
  private boolean shut;
  private boolean open;

  /**
   * Watches over a connection.
   *
   * @param high how many bytes may be held before reading stops
   * @param low at how many it goes on
   */
  ReadGate(Channel channel, long high, long low) {
    this.channel = channel;
    this.high = high;
    this.low = low;
  }

  synchronized void hold(int bytes) {
    held += bytes;
    if (!open && !shut && held >= high) {
      shut = true;
      channel.config().setAutoRead(false);
    }
  }

  synchronized void release(int bytes) {
    held -= bytes;
    if (shut && held <= low) {
      shut = false;
      channel.config().setAutoRead(true);
    }
  }

  /** From now on all is read: nobody holds it any more. */
  synchronized void openForGood() {
    open = true;
    if (shut) {
      shut = false;
      channel.config().setAutoRead(true);
    }
  }
}

package io.vic4j.testkit;

import io.vic4j.core.link.LinkStream;
import io.vic4j.core.link.Packet;
import io.vic4j.core.link.PacketDecoder;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * A connection to an in-memory guest. What the host writes is handled by the guest at once, on the
 * host's thread, and so is its answer by the host: who waits for it by a virtual clock finds it
 * there. The host is called without the hypervisor's lock, for it answers at once as well.
 */
final class PlayedLink implements LinkStream {
  private final Consumer<Runnable> locked;
  private final PacketDecoder decoder;
  private final Receiver receiver;
  private final ReentrantLock delivering = new ReentrantLock();
  private boolean told; // Guarded by delivering.

  // Guarded by the queue.
  private final Deque<byte[]> toHost = new ArrayDeque<>();
  private boolean ended;

  /**
   * A connection.
   *
   * @param locked runs what the guest does under the hypervisor's lock, then {@linkplain #deliver
   *     delivers} what it sends
   * @param guest takes what the host sends
   */
  PlayedLink(Consumer<Runnable> locked, Consumer<Packet> guest, Receiver receiver) {
    this.locked = locked;
    this.decoder = new PacketDecoder(guest);
    this.receiver = receiver;
  }

  /** Something from the guest. */
  void send(Packet packet) {
    synchronized (toHost) {
      if (!ended) {
        toHost.add(packet.encoded());
      }
    }
  }

  /** From now on the guest neither hears nor says anything. */
  void end() {
    synchronized (toHost) {
      ended = true;
    }
  }

  private boolean isEnded() {
    synchronized (toHost) {
      return ended;
    }
  }

  /** Gives the host what the guest has sent; returns whether that was all that will ever come. */
  boolean deliver() {
    delivering.lock();
    try {
      while (true) {
        byte[] next;
        synchronized (toHost) {
          next = toHost.poll();
        }
        if (next == null) {
          break;
        }
        receiver.received(next, next.length);
      }
      if (isEnded() && !told) {
        told = true;
        receiver.ended();
      }
      return told;
    } finally {
      delivering.unlock();
    }
  }

  @Override
  public void write(byte[] bytes) throws IOException {
    if (isEnded()) {
      throw new IOException("the VM is off");
    }
    locked.accept(() -> decoder.feed(bytes, 0, bytes.length));
  }

  @Override
  public void close() {
    end();
    boolean unused = deliver();
  }
}

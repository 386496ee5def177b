package io.vic4j.core.link;

import io.vic4j.core.CancelledException;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.TimeSource;
import io.vic4j.core.TimedOutException;
import io.vic4j.core.UnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The host's side of a connection to a tether: any number of exchanges at a time. Thread-safe.
 * Closing it ends all exchanges; closing twice is fine.
 */
public final class HostLink implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HostLink.class);

  private final TimeSource time;
  private final String guest;
  private final ByteBuffer nonce;
  private final CompletableFuture<Void> greeted = new CompletableFuture<>();
  private final Map<Integer, Exchange> exchanges = new ConcurrentHashMap<>();
  private final AtomicInteger numbers = new AtomicInteger();
  private final LinkStream stream;
  private volatile boolean ended;

  private HostLink(
      Function<LinkStream.Receiver, LinkStream> opener, TimeSource time, String guest) {
    this.time = time;
    this.guest = guest;
    UUID random = UUID.randomUUID();
    this.nonce =
        ByteBuffer.allocate(16)
            .putLong(random.getMostSignificantBits())
            .putLong(random.getLeastSignificantBits())
            .flip();
    this.stream = opener.apply(new FromGuest());
  }

  /**
   * Greets a guest.
   *
   * @param opener opens the connection, which becomes this link's own
   * @param guest what it is called, for messages
   * @param time what its answer is waited for by
   * @param timeout how long it has to answer
   * @throws UnavailableException if it does not answer
   */
  public static HostLink connect(
      Function<LinkStream.Receiver, LinkStream> opener,
      String guest,
      TimeSource time,
      Duration timeout) {
    HostLink link = new HostLink(opener, time, guest);
    try {
      link.greet(timeout);
      return link;
    } catch (RuntimeException | Error e) {
      link.close();
      throw e;
    }
  }

  private void greet(Duration timeout) {
    try {
      byte[] hello = Packet.hello(nonce.duplicate()).encoded();
      byte[] first = new byte[1 + hello.length]; // A zero before it.
      System.arraycopy(hello, 0, first, 1, hello.length);
      stream.write(first);
      if (!time.await(greeted, timeout)) {
        throw new UnavailableException("the guest of " + guest + " does not answer", null);
      }
      if (ended) {
        throw gone(null);
      }
    } catch (IOException e) {
      throw gone(e);
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "connection to the guest of " + guest);
    }
  }

  private UnavailableException gone(@Nullable IOException cause) {
    return new UnavailableException("the connection to the guest of " + guest + " is gone", cause);
  }

  /**
   * Begins an exchange, and returns when the guest has begun it or refused to.
   *
   * @param request JSON; see {@link Packet}
   * @throws UnavailableException if the guest does not answer, or the connection has ended
   * @throws InvalidArgumentException if the request is longer than a packet
   */
  public Exchange open(String request, Duration timeout) {
    int length = request.getBytes(StandardCharsets.UTF_8).length;
    if (length > Packet.MAX_JSON_BYTES) {
      throw new InvalidArgumentException(
          "a request of "
              + length
              + " bytes to a guest; it has at most "
              + Packet.MAX_JSON_BYTES
              + ": pass less in arguments and variables");
    }
    Exchange exchange = new Exchange(this, numbers.incrementAndGet());
    exchanges.put(exchange.number(), exchange);
    if (ended) {
      exchanges.remove(exchange.number());
      throw gone(null);
    }
    try {
      send(Packet.json(Packet.Type.OPEN, exchange.number(), request));
      if (!time.await(exchange.begun(), timeout)) {
        throw new TimedOutException("the answer of the guest of " + guest, timeout);
      }
      return exchange;
    } catch (InterruptedException e) {
      exchange.cancel();
      throw CancelledException.from(e, "request to the guest of " + guest);
    } catch (RuntimeException e) {
      exchange.cancel();
      throw e;
    }
  }

  /** Whether it has ended: another one is needed. */
  public boolean isEnded() {
    return ended;
  }

  TimeSource time() {
    return time;
  }

  /** Sends a packet; waits while the guest takes none. */
  void send(Packet packet) {
    try {
      stream.write(packet.encoded());
    } catch (IOException e) {
      throw gone(e);
    }
  }

  /** Sends a packet if the connection is there. */
  void trySend(Packet packet) {
    try {
      send(packet);
    } catch (UnavailableException e) {
      log.debug("{} is not sent", packet, e);
    }
  }

  private final class FromGuest implements LinkStream.Receiver {
    private final PacketDecoder decoder = new PacketDecoder(HostLink.this::take);

    @Override
    public void received(byte[] bytes, int count) {
      decoder.feed(bytes, 0, count);
    }

    @Override
    public void ended() {
      ended = true;
      greeted.complete(null);
      exchanges.values().forEach(Exchange::lost);
      exchanges.clear();
    }
  }

  private void take(Packet packet) {
    if (!greeted.isDone()) {
      if (packet.type() == Packet.Type.HELLO && packet.payload().equals(nonce)) {
        greeted.complete(null);
      }
      return;
    }
    Exchange exchange = exchanges.get(packet.exchange());
    if (exchange == null) {
      return; // It was over already, for us.
    }
    if (packet.type() == Packet.Type.END) {
      exchanges.remove(packet.exchange());
    }
    exchange.take(packet);
  }

  @Override
  public void close() {
    ended = true;
    try {
      stream.close();
    } catch (IOException e) {
      log.debug("a connection that cannot be closed", e);
    }
  }
}

package io.vic4j.core.vm;

import io.vic4j.core.UnavailableException;
import io.vic4j.core.VicException;
import io.vic4j.core.link.Exchange;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;

/** Files that a guest sends. */
final class GuestCopy implements CopiedFiles {
  private static final Duration END_TIMEOUT = Duration.ofSeconds(20);

  private final Exchange exchange;
  private final Stat stat;
  private final InputStream tar;

  private GuestCopy(Exchange exchange, Stat stat) {
    this.exchange = exchange;
    this.stat = stat;
    this.tar = new Whole(exchange);
  }

  /** What a guest sends, or why it does not. */
  static CopiedFiles of(Exchange exchange) {
    Optional<String> opening = exchange.opening();
    if (opening.isEmpty()) {
      throw failure(exchange)
          .orElseGet(() -> new UnavailableException("the guest ends a copy at once", null));
    }
    return new GuestCopy(exchange, GuestRequests.stat(opening.get()));
  }

  private static Optional<VicException> failure(Exchange exchange) {
    return exchange
        .awaitEnd(END_TIMEOUT)
        .map(GuestRequests::refusal)
        .orElseGet(
            () -> Optional.of(new UnavailableException("the VM ended before the copy did", null)));
  }

  /** Sends a tar to a guest that waits for it. */
  static void send(Exchange exchange, InputStream tar) throws IOException {
    if (exchange.opening().isPresent()) {
      byte[] block = new byte[io.vic4j.core.link.Packet.MAX_DATA_BYTES];
      try {
        for (int count = tar.read(block); count >= 0; count = tar.read(block)) {
          exchange.in().write(block, 0, count);
        }
        exchange.in().close();
      } catch (io.vic4j.core.ConflictException e) {
        // It takes no more: its end says why.
      } catch (IOException | RuntimeException e) {
        exchange.cancel();
        throw e;
      }
    }
    Optional<VicException> failure = failure(exchange);
    if (failure.isPresent()) {
      throw failure.get();
    }
  }

  @Override
  public Stat stat() {
    return stat;
  }

  @Override
  public InputStream tar() {
    return tar;
  }

  @Override
  public void close() {
    exchange.cancel();
  }

  /** Ends only if the guest says that it was all. */
  private static final class Whole extends FilterInputStream {
    private final Exchange exchange;

    Whole(Exchange exchange) {
      super(exchange.out());
      this.exchange = exchange;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int count = super.read(bytes, offset, length);
      if (count < 0) {
        Optional<VicException> failure = failure(exchange);
        if (failure.isPresent()) {
          throw failure.get();
        }
      }
      return count;
    }
  }
}

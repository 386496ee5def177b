package io.vic4j.core.vm;

import io.vic4j.core.ConflictException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VicException;
import io.vic4j.core.link.Exchange;
import io.vic4j.core.link.Packet;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Optional;

/** Files that a guest sends. */
final class GuestCopy implements CopiedFiles {
  private static final Duration END_TIMEOUT = Duration.ofSeconds(20);

  private final Exchange exchange;
  private final Stat stat;

  private GuestCopy(Exchange exchange, Stat stat) {
    this.exchange = exchange;
    this.stat = stat;
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
      byte[] block = new byte[Packet.MAX_DATA_BYTES];
      try {
        for (int count = tar.read(block); count >= 0; count = tar.read(block)) {
          exchange.in().write(block, 0, count);
        }
        exchange.in().close();
      } catch (ConflictException e) {
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
  public void writeTo(OutputStream out) throws IOException {
    long unused = exchange.out().transferTo(out);
    Optional<VicException> failure = failure(exchange);
    if (failure.isPresent()) {
      throw failure.get();
    }
  }

  @Override
  public void close() {
    exchange.cancel();
  }
}

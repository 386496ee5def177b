package io.vic4j.core.vm;

import io.vic4j.core.UnavailableException;
import io.vic4j.core.link.Exchange;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Optional;

/** A process that was begun beside a session. */
final class ExecProcess implements GuestProcess {
  private final Exchange exchange;

  /**
   * A process that a guest was asked for.
   *
   * @param stdin whether it has an input
   */
  ExecProcess(Exchange exchange, boolean stdin) {
    this.exchange = exchange;
    if (!stdin) {
      close(exchange.in());
    }
  }

  private static void close(OutputStream stream) {
    try {
      stream.close();
    } catch (java.io.IOException e) {
      throw new UnavailableException("a stream to a guest cannot be closed", e);
    }
  }

  @Override
  public OutputStream stdin() {
    return exchange.in();
  }

  @Override
  public InputStream stdout() {
    return exchange.out();
  }

  @Override
  public InputStream stderr() {
    return exchange.err();
  }

  @Override
  public ExitStatus awaitExit(Duration timeout) {
    Optional<String> end = exchange.awaitEnd(timeout);
    end.flatMap(GuestRequests::refusal)
        .ifPresent(
            refusal -> {
              throw refusal;
            });
    return end.map(GuestRequests::exit)
        .orElseGet(() -> ExitStatus.unknown("the VM ended before the process"));
  }

  @Override
  public String message() {
    return exchange.isOver()
        ? exchange.awaitEnd(Duration.ZERO).map(GuestRequests::message).orElse("")
        : "";
  }

  @Override
  public void signal(Signal signal) {
    exchange.control(GuestRequests.signal(signal));
  }

  @Override
  public void resize(int rows, int columns) {
    ExecSpec.checkSize(rows, columns);
    exchange.control(GuestRequests.resize(rows, columns));
  }

  @Override
  public void close() {
    exchange.cancel();
  }
}

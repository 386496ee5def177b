package io.vic4j.core.vm;

import io.vic4j.core.ConflictException;
import io.vic4j.core.link.Exchange;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Optional;

/** A session's own process: its input through an exchange, its output from its log. */
final class AttachedSession implements GuestProcess {
  private final HypervisorVm vm;
  private final String session;
  private final Optional<Exchange> exchange;
  private final InputStream stdout;
  private final InputStream stderr;

  /**
   * A session that somebody attaches to.
   *
   * @param exchange the way to its input and its terminal, if it has one of these
   * @param position where in its log the output begins that is wanted
   */
  AttachedSession(HypervisorVm vm, String session, Optional<Exchange> exchange, long position) {
    this.vm = vm;
    this.session = session;
    this.exchange = exchange;
    LogOptions output = LogOptions.ALL.from(position).following();
    this.stdout = new LogInputStream(vm.logs(session, output.only(LogEntry.Output.STDOUT)));
    this.stderr = new LogInputStream(vm.logs(session, output.only(LogEntry.Output.STDERR)));
  }

  @Override
  public OutputStream stdin() {
    return exchange.map(Exchange::in).orElseGet(ClosedInput::new);
  }

  @Override
  public InputStream stdout() {
    return stdout;
  }

  @Override
  public InputStream stderr() {
    return stderr;
  }

  @Override
  public ExitStatus awaitExit(Duration timeout) {
    return vm.awaitSessionExit(session, timeout);
  }

  @Override
  public String message() {
    return vm.status().session(session).message();
  }

  @Override
  public void signal(Signal signal) {
    try {
      vm.signal(session, signal);
    } catch (ConflictException e) {
      // It is over: there is nothing to tell it.
    }
  }

  @Override
  public void resize(int rows, int columns) {
    ExecSpec.checkSize(rows, columns);
    exchange.ifPresent(it -> it.control(GuestRequests.resize(rows, columns)));
  }

  @Override
  public void close() {
    exchange.ifPresent(Exchange::cancel);
    for (InputStream stream : new InputStream[] {stdout, stderr}) {
      try {
        stream.close();
      } catch (java.io.IOException e) {
        throw new IllegalStateException("a log's stream throws none of these", e);
      }
    }
  }

  /** The input of a session that has none. */
  private static final class ClosedInput extends OutputStream {
    @Override
    public void write(int oneByte) {
      throw new ConflictException("the session was made without an open standard input");
    }
  }
}

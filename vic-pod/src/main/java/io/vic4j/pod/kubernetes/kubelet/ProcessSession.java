package io.vic4j.pod.kubernetes.kubelet;

import io.netty.channel.ChannelFuture;
import io.vic4j.core.CancelledException;
import io.vic4j.core.TimedOutException;
import io.vic4j.core.VicException;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.GuestProcess;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins a process in a guest with a client's streams, until the process is over or the client is
 * gone. For one thread, which does part of the work, and is interrupted when the client goes.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What fails is told by the channel, which closes.
final class ProcessSession {
  private static final Logger log = LoggerFactory.getLogger(ProcessSession.class);
  private static final int BUFFER_BYTES = 32 * 1024;
  private static final Duration EXIT_ROUND = Duration.ofMinutes(1);

  private final GuestProcess process;
  private final ProcessStreams streams;
  private final Workers workers;
  private final boolean exec;
  private final boolean closesInput;

  /**
   * A process and its client.
   *
   * @param exec whether the client is told how the process ended
   * @param closesInput whether the process's input ends with the client's
   */
  ProcessSession(
      GuestProcess process,
      ProcessStreams streams,
      Workers workers,
      boolean exec,
      boolean closesInput) {
    this.process = process;
    this.streams = streams;
    this.workers = workers;
    this.exec = exec;
    this.closesInput = closesInput;
  }

  /** Does all, and hangs up. The process is the caller's to close. */
  void run() {
    ClientStream stdin = streams.stdin();
    ClientStream resize = streams.resize();
    try {
      if (stdin != null) {
        stdin.inbound().passTo(process.stdin(), closesInput, workers);
      }
      if (resize != null) {
        resize.inbound().passTo(new TerminalSizes(process), false, workers);
      }
      Future<?> errors = workers.submit(() -> copy(process.stderr(), streams.stderr()));
      copy(process.stdout(), streams.stdout());
      errors.get();
      byte[] end = exec ? end() : streams.status().success();
      finish(end);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (CancelledException | ClientGoneException e) {
      log.debug("a client has left its process", e);
    } catch (ExecutionException e) {
      fail(e.getCause() == null ? e : e.getCause());
    } catch (RuntimeException e) {
      fail(e);
    } finally {
      for (ClientStream stream : new @Nullable ClientStream[] {stdin, resize}) {
        if (stream != null) {
          stream.inbound().discard();
        }
      }
      streams.hangUp().run();
    }
  }

  /** The client does not take what it is sent any more. */
  private static final class ClientGoneException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ClientGoneException(Throwable cause) {
      super(cause);
    }
  }

  private static void copy(InputStream from, @Nullable ClientStream to) {
    try (from) {
      if (to == null) {
        return; // Closed: then it holds nobody up.
      }
      PacedOutput out = new PacedOutput(to::send);
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
        send(out, buffer, count);
      }
      awaitSent(out);
      to.end();
    } catch (IOException e) {
      throw new IllegalStateException("what a process prints cannot be read", e);
    }
  }

  private static void send(PacedOutput out, byte[] buffer, int count) {
    try {
      out.write(buffer, 0, count);
    } catch (IOException e) {
      throw new ClientGoneException(e);
    }
  }

  private static void awaitSent(PacedOutput out) {
    try {
      out.awaitSent();
    } catch (IOException e) {
      throw new ClientGoneException(e);
    }
  }

  private byte[] end() {
    while (true) {
      try {
        ExitStatus exit = process.awaitExit(EXIT_ROUND);
        return streams.status().ended(exit, process.message());
      } catch (TimedOutException e) {
        // It has closed its outputs, and goes on; so does its client.
      }
    }
  }

  private void fail(Throwable failure) {
    if (failure instanceof ClientGoneException || failure instanceof CancelledException) {
      log.debug("a client has left its process", failure);
      return;
    }
    boolean known = failure instanceof VicException;
    if (!known) {
      log.warn("a process cannot be followed to its end", failure);
    }
    String message = known ? String.valueOf(failure.getMessage()) : "internal error";
    try {
      finish(streams.status().failed(message));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void finish(byte[] status) throws InterruptedException {
    if (status.length > 0) {
      ChannelFuture sent = streams.error().send(status, 0, status.length);
      sent.await();
    }
    streams.error().end();
  }
}

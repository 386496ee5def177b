package io.vic4j.core.link;

import io.vic4j.core.CancelledException;
import io.vic4j.core.TimedOutException;
import io.vic4j.core.UnavailableException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * One exchange with a guest: a request, streams in both directions, an end. Thread-safe. {@link
 * #cancel} ends it; one that has ended needs nothing more.
 */
public final class Exchange {
  /** To the guest: standard input, or a tar. */
  public static final int IN = 0;

  /** From the guest: standard output, or a tar. */
  public static final int OUT = 1;

  /** From the guest: standard error. */
  public static final int ERR = 2;

  private final HostLink link;
  private final int number;
  private final CompletableFuture<Optional<String>> begun = new CompletableFuture<>();
  private final CompletableFuture<Optional<String>> end = new CompletableFuture<>();
  private final Outbound in;
  private final Inbound out;
  private final Inbound err;

  Exchange(HostLink link, int number) {
    this.link = link;
    this.number = number;
    this.in = new Outbound(link, number, IN);
    this.out = new Inbound(link, number, OUT);
    this.err = new Inbound(link, number, ERR);
  }

  int number() {
    return number;
  }

  /** Done when the guest has begun it, or it is over. */
  CompletableFuture<Optional<String>> begun() {
    return begun;
  }

  /** What the guest said when it began, as JSON; empty if it ended before. */
  public Optional<String> opening() {
    return begun.getNow(Optional.empty());
  }

  /**
   * What the guest takes. Closing it tells the guest that nothing more comes. Writing waits while
   * the guest takes nothing, and throws {@link io.vic4j.core.ConflictException} once it takes
   * nothing any more.
   */
  public OutputStream in() {
    return in;
  }

  /**
   * What comes from the guest on its first channel. Closing it lets the guest go on, unheard. Reads
   * throw {@link CancelledException} if the thread is interrupted.
   */
  public InputStream out() {
    return out;
  }

  /** As {@link #out}, its second channel. */
  public InputStream err() {
    return err;
  }

  /**
   * Waits for the end.
   *
   * @return what the guest said of it, as JSON; empty if the connection has ended before
   * @throws TimedOutException if that takes longer
   */
  public Optional<String> awaitEnd(Duration timeout) {
    try {
      if (!link.time().await(end, timeout)) {
        throw new TimedOutException("the end of what a guest was asked for", timeout);
      }
      return end.join();
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "wait for a guest");
    }
  }

  /**
   * Does something when it is over, or at once if it is; on the link's thread, so it must be short.
   */
  public void whenOver(Runnable action) {
    CompletableFuture<?> unused = end.thenRun(action);
  }

  /** Whether it is over. */
  public boolean isOver() {
    return end.isDone();
  }

  /**
   * Tells its process something; nothing if it is over.
   *
   * @param json see {@link Packet}
   * @throws UnavailableException if the connection has ended
   */
  public void control(String json) {
    if (!end.isDone()) {
      link.send(Packet.json(Packet.Type.CONTROL, number, json));
    }
  }

  /** Asks the guest to end it, and hears nothing more of it. */
  public void cancel() {
    if (!end.isDone()) {
      link.trySend(Packet.empty(Packet.Type.CANCEL, number));
    }
    out.close();
    err.close();
  }

  void take(Packet packet) {
    ByteBuffer payload = packet.payload();
    switch (packet.type()) {
      case OPENED -> begun.complete(Optional.of(packet.text()));
      case END -> finish(Optional.of(packet.text()));
      case DATA -> {
        if (!payload.hasRemaining() || !inbound(payload.get()).take(payload)) {
          cancel(); // It sends what it may not.
        }
      }
      case EOF -> {
        if (payload.hasRemaining()) {
          inbound(payload.get()).finish();
        }
      }
      case CREDIT -> {
        if (payload.remaining() == 5 && payload.get() == IN) {
          in.credit(payload.getInt());
        }
      }
      default -> {} // Not for hosts.
    }
  }

  private Inbound inbound(byte channel) {
    return channel == ERR ? err : out;
  }

  /** The connection has ended. */
  void lost() {
    finish(Optional.empty());
  }

  private void finish(Optional<String> how) {
    end.complete(how); // First: who has read all may ask for it at once.
    in.finish();
    out.finish();
    err.finish();
    begun.complete(Optional.empty());
  }
}

package io.vic4j.core.vsphere;

import io.vic4j.core.CancelledException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.http.BodyStream;
import io.vic4j.core.http.HttpClients;
import io.vic4j.core.http.TlsFailures;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests to one server, and puts what goes wrong with a connection into words. Follows no
 * redirect. Thread-safe; closing it ends all exchanges that are under way.
 */
final class VimHttp implements AutoCloseable {
  private static final long FIRST_PAUSE_MILLIS = 100;

  /** How long an interrupted thread waits for what it must know. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final HttpClients clients;
  private final Duration stallTimeout;
  private final Map<BodyStream, CompletableFuture<?>> pending = new ConcurrentHashMap<>();
  private final Set<BodyStream> bodies = ConcurrentHashMap.newKeySet();
  private volatile @Nullable Duration longest;
  private volatile boolean closed;

  /**
   * An engine over these clients, which it closes.
   *
   * @param stallTimeout how long nothing of an answer may come once it has begun
   */
  VimHttp(HttpClients clients, Duration stallTimeout) {
    this.clients = clients;
    this.stallTimeout = stallTimeout;
  }

  /**
   * Sends a request.
   *
   * @param answerTimeout how long the answer may take to begin
   * @return the answer, whose body the caller closes
   * @throws BrokenConnectionException if there is none
   * @throws UnavailableException if TLS does not come about
   */
  HttpResponse<BodyStream> send(HttpRequest.Builder builder, Duration answerTimeout) {
    Duration most = longest;
    boolean late = most != null && most.compareTo(answerTimeout) < 0;
    HttpRequest request = builder.timeout(late ? most : answerTimeout).build();
    HttpClient client = clients.clientFor(request.uri());
    if (client == null || closed) {
      throw closedException();
    }
    BodyStream[] body = new BodyStream[1];
    body[0] = new BodyStream(stallTimeout, () -> bodies.remove(body[0]));
    CompletableFuture<HttpResponse<BodyStream>> answer = client.sendAsync(request, head -> body[0]);
    pending.put(body[0], answer);
    bodies.add(body[0]);
    boolean answered = false;
    try {
      if (closed) {
        throw closedException();
      }
      HttpResponse<BodyStream> response = answer.get();
      answered = true;
      return response;
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "request to " + host(request.uri()));
    } catch (CancellationException e) {
      throw closedException();
    } catch (ExecutionException e) {
      throw broken(request.uri(), e.getCause());
    } finally {
      pending.remove(body[0]);
      if (!answered) {
        answer.cancel(true);
        body[0].close();
      }
    }
  }

  /** What an exchange of messages gives. */
  interface Exchange<T> {
    @Nullable T make() throws IOException;
  }

  /**
   * Makes an exchange whose end must be known, for it changes something: an interruption of this
   * thread does not end it, but some seconds after.
   *
   * @throws CancelledException if it has not ended by then
   */
  <T> @Nullable T toItsEnd(String what, Exchange<T> exchange) throws IOException {
    CancelledException.throwIfInterrupted(what);
    FutureTask<@Nullable T> task = new FutureTask<>(exchange::make);
    try {
      clients.executor().execute(task);
    } catch (RejectedExecutionException e) {
      throw closedException();
    }
    try {
      return task.get();
    } catch (InterruptedException e) {
      try {
        return task.get(GRACE.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException | TimeoutException tooLong) {
        task.cancel(true);
        throw CancelledException.from(e, what);
      } catch (ExecutionException failure) {
        throw failure(failure);
      } finally {
        Thread.currentThread().interrupt();
      }
    } catch (ExecutionException e) {
      throw failure(e);
    }
  }

  private static IOException failure(ExecutionException e) {
    if (e.getCause() instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    if (e.getCause() instanceof Error error) {
      throw error;
    }
    return e.getCause() instanceof IOException known ? known : new IOException(e.getCause());
  }

  /** From now on nothing takes longer than this, or is tried again: it is for tidying up alone. */
  void hurry(Duration most) {
    longest = most;
  }

  /** Whether there is no time to try anything again. */
  boolean isHurried() {
    return longest != null;
  }

  /**
   * Whether an answer comes from a proxy in front whose service does not run (RFC 9110, section
   * 15.6).
   */
  static boolean isFromProxy(int status) {
    return status >= 502 && status <= 504;
  }

  private CancelledException closedException() {
    return new CancelledException("cancelled: the connection to vSphere is closed");
  }

  private static String host(URI uri) {
    return uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
  }

  /** What a failed exchange means. */
  private UnavailableException broken(URI uri, @Nullable Throwable failure) {
    String host = host(uri);
    if (closed) {
      throw closedException();
    }
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof UnresolvedAddressException) {
        return new BrokenConnectionException("host " + host + " is not known", false, failure);
      }
    }
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof HttpConnectTimeoutException || t instanceof ConnectException) {
        return new BrokenConnectionException(
            "cannot connect to " + host + ": " + reason(t), false, failure);
      }
      if (t instanceof SSLException ssl && TlsFailures.isFinal(ssl)) {
        return new UnavailableException(
            TlsFailures.message(
                host,
                ssl,
                "; check it, then trust it with ServerTrust.authorities or ServerTrust.thumbprint",
                ""),
            failure);
      }
    }
    return brokenInAnswer(uri, failure);
  }

  /** Why there is no connection; the runtime often does not say. */
  private static String reason(Throwable failure) {
    return failure.getMessage() == null
        ? "nothing answers there; check the address, the port and whether the server is up"
        : failure.getMessage();
  }

  /** What it means that an answer could not be read to its end. */
  BrokenConnectionException brokenInAnswer(URI uri, @Nullable Throwable failure) {
    String why = failure == null ? "" : ": " + failure.getMessage();
    return new BrokenConnectionException(
        "the connection to " + host(uri) + " broke" + why, true, failure);
  }

  /** Waits before something is tried again, each time longer. */
  static void pause(String what, int attempt) {
    try {
      TimeUnit.MILLISECONDS.sleep(FIRST_PAUSE_MILLIS << (attempt - 1));
    } catch (InterruptedException e) {
      throw CancelledException.from(e, what);
    }
  }

  /** Reads a short body to its end and closes it, so that the connection can be used again. */
  static void discard(HttpResponse<BodyStream> response) {
    try (BodyStream body = response.body()) {
      body.skipNBytes(0);
      body.readNBytes(64 << 10);
    } catch (IOException e) {
      // Then there will be a new connection.
    }
  }

  @Override
  public void close() {
    closed = true;
    pending.values().forEach(answer -> answer.cancel(true));
    bodies.forEach(BodyStream::close);
    clients.close();
  }
}

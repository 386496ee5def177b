package io.vic4j.core.http;

import io.vic4j.core.CancelledException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The JDK's HTTP clients, each made when the first request needs it: to read the certificates that
 * this runtime trusts takes longer than to pull a small image. Thread-safe.
 *
 * <p>Each client has a thread of its own, and Java 17 has no way to end it but to wait for a
 * garbage collection. It ends when it is interrupted, and is born in the thread group of who makes
 * the client: so clients are made in a group of their own, which {@link #close} interrupts.
 */
public final class HttpClients implements AutoCloseable {
  private final Executor executor;
  private final Duration connectTimeout;
  private final @Nullable SSLContext trusting;
  private final @Nullable ProxySelector proxies;
  private final HttpClient.Version newest;
  private final ThreadGroup threads = new ThreadGroup("vic4j-http");
  private @Nullable HttpClient plain;
  private @Nullable HttpClient tls;
  private boolean closed;

  /**
   * No client yet.
   *
   * @param trusting whom to trust with TLS; whom this runtime trusts, if null
   */
  public HttpClients(Executor executor, Duration connectTimeout, @Nullable SSLContext trusting) {
    this(executor, connectTimeout, trusting, null, HttpClient.Version.HTTP_1_1);
  }

  /**
   * No client yet.
   *
   * @param trusting whom to trust with TLS; whom this runtime trusts, if null
   * @param proxies which proxy leads to an address; what this runtime says, if null
   * @param newest what is spoken over TLS with servers that offer it; without TLS, where nobody can
   *     offer anything before the first request, it is HTTP/1.1
   */
  public HttpClients(
      Executor executor,
      Duration connectTimeout,
      @Nullable SSLContext trusting,
      @Nullable ProxySelector proxies,
      HttpClient.Version newest) {
    this.executor = executor;
    this.connectTimeout = connectTimeout;
    this.trusting = trusting;
    this.proxies = proxies;
    this.newest = newest;
  }

  /** What the clients' work runs on. */
  public Executor executor() {
    return executor;
  }

  /** The client for this address; null once this is closed. */
  public synchronized @Nullable HttpClient clientFor(URI uri) {
    if (closed) {
      return null;
    }
    if ("http".equalsIgnoreCase(uri.getScheme())) {
      plain = plain == null ? make(newBuilder().sslContext(trustingNobody())) : plain;
      return plain;
    }
    if (tls == null) {
      HttpClient.Builder builder = newBuilder().version(newest);
      tls = make(trusting == null ? builder : builder.sslContext(trusting));
    }
    return tls;
  }

  /** Ends the JDK's clients and their threads. */
  @Override
  public synchronized void close() {
    closed = true;
    plain = null;
    tls = null;
    threads.interrupt();
  }

  private HttpClient make(HttpClient.Builder builder) {
    FutureTask<HttpClient> making = new FutureTask<>(builder::build);
    new Thread(threads, making, "vic4j-http-begin").start();
    try {
      return making.get();
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "setting up of an HTTP client");
    } catch (ExecutionException e) {
      throw new IllegalStateException("this Java runtime cannot set up an HTTP client", e);
    }
  }

  private HttpClient.Builder newBuilder() {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(connectTimeout)
            .executor(executor);
    return proxies == null ? builder : builder.proxy(proxies);
  }

  private static SSLContext trustingNobody() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[0], null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime cannot set up TLS", e);
    }
  }
}

package io.vic4j.image.registry;

import java.net.URI;
import java.net.http.HttpClient;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The JDK's HTTP clients, each made when the first request needs it: to read the certificates that
 * this runtime trusts takes longer than to pull a small image. Thread-safe.
 */
final class HttpClients {
  private final Executor executor;
  private final Duration connectTimeout;
  private final @Nullable SSLContext trusting;
  private @Nullable HttpClient plain;
  private @Nullable HttpClient tls;
  private boolean closed;

  /**
   * No client yet.
   *
   * @param trusting whom to trust with TLS; whom this runtime trusts, if null
   */
  HttpClients(Executor executor, Duration connectTimeout, @Nullable SSLContext trusting) {
    this.executor = executor;
    this.connectTimeout = connectTimeout;
    this.trusting = trusting;
  }

  /** The client for this address; null once this is closed. */
  synchronized @Nullable HttpClient clientFor(URI uri) {
    if (closed) {
      return null;
    }
    if ("http".equalsIgnoreCase(uri.getScheme())) {
      plain = plain == null ? newBuilder().sslContext(trustingNobody()).build() : plain;
      return plain;
    }
    if (tls == null) {
      HttpClient.Builder builder = newBuilder();
      tls = (trusting == null ? builder : builder.sslContext(trusting)).build();
    }
    return tls;
  }

  /** Forgets the JDK's clients, whose threads end once nothing refers to them. */
  synchronized void close() {
    closed = true;
    plain = null;
    tls = null;
  }

  private HttpClient.Builder newBuilder() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(connectTimeout)
        .executor(executor);
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

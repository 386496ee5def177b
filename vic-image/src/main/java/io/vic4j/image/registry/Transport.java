package io.vic4j.image.registry;

import io.vic4j.core.CancelledException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.http.BodyStream;
import io.vic4j.core.http.HttpClients;
import io.vic4j.core.http.TlsFailures;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests, follows redirects and puts what goes wrong into words. Thread-safe.
 *
 * <p>Redirects are followed here, not by the JDK, which would send the Authorization header along
 * to any host.
 */
final class Transport {
  private static final int MAX_REDIRECTS = 5;

  /** Bytes in a second: what takes longer to send counts as stalled. */
  private static final int SLOWEST = 64 << 10;

  private final HttpClients clients;
  private final @Nullable ProxyRules proxies;
  private final RegistryPolicy policy;
  private final String userAgent;
  private final Duration responseTimeout;
  private final Duration stallTimeout;

  Transport(
      HttpClients clients,
      @Nullable ProxyRules proxies,
      RegistryPolicy policy,
      String userAgent,
      Duration responseTimeout,
      Duration stallTimeout) {
    this.clients = clients;
    this.proxies = proxies;
    this.policy = policy;
    this.userAgent = userAgent;
    this.responseTimeout = responseTimeout;
    this.stallTimeout = stallTimeout;
  }

  /** This library's name and version. */
  static String userAgent() {
    try (InputStream in = Transport.class.getResourceAsStream("version.txt")) {
      String version =
          in == null ? "unknown" : new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
      return "vic4j/" + version;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read this library's version", e);
    }
  }

  void close() {
    clients.close();
  }

  /** Whether the host has the say over this header's value, so that it must not leave the host. */
  private static boolean isSecret(String header) {
    return header.equalsIgnoreCase("Authorization");
  }

  /** Gets what is at this address, or at the one that it leads to. */
  Reply get(URI uri, Map<String, String> headers, Calls calls) throws TransientException {
    URI at = uri;
    for (int redirects = 0; ; redirects++) {
      boolean home = Hosts.origin(at).equals(Hosts.origin(uri));
      HttpRequest.Builder request = newRequest(at).GET();
      headers.forEach(
          (name, value) -> {
            if (home || !isSecret(name)) {
              request.header(name, value);
            }
          });
      Reply reply = send(request, calls);
      if (!isRedirect(reply.status())) {
        return reply;
      }
      reply.discard();
      if (redirects == MAX_REDIRECTS) {
        throw new UnavailableException(
            Hosts.name(uri) + " redirects more than " + MAX_REDIRECTS + " times", null);
      }
      at = target(at, reply.header("Location"));
    }
  }

  /** Sends a form, and follows no redirect: what is in it is for this address only. */
  Reply post(URI uri, String form, Calls calls) throws TransientException {
    return send(
        newRequest(uri)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Accept", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(form)),
        calls);
  }

  /** Sends something, and follows no redirect. */
  Reply send(Outgoing outgoing, Calls calls) throws TransientException {
    HttpRequest.Builder request =
        newRequest(outgoing.uri())
            .method(
                outgoing.method(),
                HttpRequest.BodyPublishers.ofByteArray(
                    outgoing.body(), outgoing.offset(), outgoing.length()));
    outgoing.headers().forEach(request::header);
    return send(request, responseTimeout.plusSeconds(outgoing.length() / SLOWEST), calls);
  }

  static boolean isRedirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  }

  /** Where a Location leads to, if it may be followed. */
  static URI target(URI from, String location) {
    URI target;
    try {
      // The JDK resolves a query alone as RFC 2396 did: it would lose the last name of the path.
      String full = location.startsWith("?") ? from.getRawPath() + location : location;
      target = from.resolve(new URI(full));
    } catch (URISyntaxException e) {
      // Not kept as the cause: the address may hold a signature.
      throw badRedirect(from, "to an address that is none");
    }
    if (location.isEmpty() || target.getHost() == null || target.getRawUserInfo() != null) {
      throw badRedirect(from, "to an address without a host or with credentials in it");
    }
    String scheme = String.valueOf(target.getScheme());
    if (!scheme.equalsIgnoreCase("https")
        && !(scheme.equalsIgnoreCase("http") && "http".equalsIgnoreCase(from.getScheme()))) {
      throw badRedirect(
          from, "from " + from.getScheme() + " to " + scheme + "://" + Hosts.name(target));
    }
    return target;
  }

  private static UnavailableException badRedirect(URI from, String why) {
    return new UnavailableException(
        Hosts.name(from) + " redirects " + why + "; that is not followed", null);
  }

  /** A request that tells a proxy on its way what that wants to be told. */
  private HttpRequest.Builder newRequest(URI uri) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri);
    if (proxies != null) {
      proxies
          .authorization(uri)
          .ifPresent(credentials -> request.header("Proxy-Authorization", credentials));
    }
    return request;
  }

  private Reply send(HttpRequest.Builder builder, Calls calls) throws TransientException {
    return send(builder, responseTimeout, calls);
  }

  private Reply send(HttpRequest.Builder builder, Duration timeout, Calls calls)
      throws TransientException {
    // Content is addressed by its digest: no compression in between.
    HttpRequest request =
        builder
            .setHeader("User-Agent", userAgent)
            .setHeader("Accept-Encoding", "identity")
            .timeout(timeout)
            .build();
    policy.checkHost(Hosts.name(request.uri()), request.uri().getHost());
    HttpClient client = clients.clientFor(request.uri());
    if (client == null) {
      throw new CancelledException("cancelled: the registry client is closed");
    }
    Call call = new Call(calls, stallTimeout);
    calls.add(call);
    boolean answered = false;
    try {
      CompletableFuture<HttpResponse<BodyStream>> answer =
          client.sendAsync(request, head -> call.body);
      call.answer = answer;
      calls.throwIfClosed();
      Reply reply = new Reply(answer.get());
      answered = true;
      return reply;
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "request to " + Hosts.name(request.uri()));
    } catch (CancellationException e) {
      throw new CancelledException("cancelled: request to " + Hosts.name(request.uri()), e);
    } catch (ExecutionException e) {
      throw broken(request.uri(), e.getCause());
    } finally {
      if (!answered) {
        call.run();
      }
    }
  }

  /** One request and the body of its answer; running it cancels both. */
  private static final class Call implements Runnable {
    final BodyStream body;
    volatile @Nullable CompletableFuture<HttpResponse<BodyStream>> answer;

    Call(Calls calls, Duration stallTimeout) {
      this.body = new BodyStream(stallTimeout, () -> calls.remove(this));
    }

    @Override
    public void run() {
      CompletableFuture<?> pending = answer;
      if (pending != null) {
        pending.cancel(true);
      }
      body.close();
    }
  }

  /**
   * What a failed exchange means.
   *
   * @return the failure that may pass
   * @throws UnavailableException for one that will not pass by trying again
   */
  static TransientException broken(URI uri, @Nullable Throwable failure) {
    String host = Hosts.name(uri);
    // The JDK makes a ConnectException of a name that cannot be resolved, too.
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof UnresolvedAddressException || t instanceof UnknownHostException) {
        return TransientException.unreachable("host " + host + " is not known", t);
      }
    }
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof HttpConnectTimeoutException
          || t instanceof ConnectException
          || t instanceof NoRouteToHostException) {
        return TransientException.unreachable(
            "cannot connect to " + host + because(failure, "the connection was refused"), t);
      }
      if (t instanceof SSLException ssl && TlsFailures.isFinal(ssl)) {
        throw new UnavailableException(
            TlsFailures.message(
                host,
                ssl,
                "; if its CA is your own, give it with RegistryClient.Builder.trust",
                "; if it is a registry without TLS, name it with RegistryClient.Builder.plainHttp"),
            ssl);
      }
      if (t instanceof HttpTimeoutException) {
        return TransientException.broken(host + " did not answer in time", failure);
      }
    }
    return TransientException.broken(
        "the connection to " + host + " broke" + because(failure, "for an unknown reason"),
        failure);
  }

  private static String because(@Nullable Throwable failure, String otherwise) {
    String message = failure instanceof IOException ? failure.getMessage() : null;
    return message == null || message.isBlank() ? ": " + otherwise : ": " + message;
  }
}

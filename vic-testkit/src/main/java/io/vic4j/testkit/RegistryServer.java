package io.vic4j.testkit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.vic4j.image.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** One HTTP server on this machine: notes each request, answers it, and does wrong as planned. */
final class RegistryServer implements AutoCloseable {
  /** What a server answers. */
  interface Answers {
    RegistryAnswer answer(RegistryApi.Call call, String authorization);
  }

  private final String name;
  private final RegistryFaults faults;
  private final Consumer<RegistryRequest> log;
  private final HttpServer server;
  private final boolean tls;
  private final CountDownLatch closed = new CountDownLatch(1);

  /** A server that answers nothing until {@link #answering}. */
  RegistryServer(
      String name,
      @Nullable SSLContext tls,
      Executor executor,
      RegistryFaults faults,
      Consumer<RegistryRequest> log) {
    this.name = name;
    this.faults = faults;
    this.log = log;
    this.tls = tls != null;
    try {
      InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      if (tls == null) {
        this.server = HttpServer.create(address, 0);
      } else {
        HttpsServer https = HttpsServer.create(address, 0);
        https.setHttpsConfigurator(new HttpsConfigurator(tls));
        this.server = https;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start the embedded registry", e);
    }
    server.setExecutor(executor);
  }

  /** Starts. */
  RegistryServer answering(Answers answers) {
    HttpHandler handler = exchange -> handle(exchange, answers);
    server.createContext("/", handler);
    server.start();
    return this;
  }

  /** Host and port; a host name where there is TLS, for certificates. */
  String address() {
    return (tls ? "localhost:" : "127.0.0.1:") + server.getAddress().getPort();
  }

  /** Scheme, host and port. */
  String origin() {
    return (tls ? "https://" : "http://") + address();
  }

  private void handle(HttpExchange exchange, Answers answers) throws IOException {
    try (exchange) {
      byte[] body;
      try (InputStream in = exchange.getRequestBody()) {
        body = in.readAllBytes();
      }
      String authorization = header(exchange, "Authorization");
      String query = Optional.ofNullable(exchange.getRequestURI().getRawQuery()).orElse("");
      RegistryRequest request =
          new RegistryRequest(
              name,
              exchange.getRequestMethod(),
              exchange.getRequestURI().getPath(),
              query,
              authorization.replaceFirst(" .*", ""),
              header(exchange, "Range"),
              header(exchange, "User-Agent"));
      log.accept(request);
      String contentType = header(exchange, "Content-Type");
      boolean form = contentType.startsWith("application/x-www-form-urlencoded");
      String parameters = form ? new String(body, StandardCharsets.UTF_8) : query;
      Optional<RegistryFault> fault = faults.next(request);
      String range = fault.orElse(null) instanceof RegistryFault.WholeAnswer ? "" : request.range();
      RegistryAnswer answer =
          answers.answer(
              new RegistryApi.Call(
                  request.method(),
                  request.path(),
                  parameters(parameters),
                  range,
                  contentType,
                  new Bytes(body)),
              authorization);
      send(exchange, answer, fault.orElse(null));
    }
  }

  private static String header(HttpExchange exchange, String header) {
    return Optional.ofNullable(exchange.getRequestHeaders().getFirst(header)).orElse("");
  }

  private static Map<String, String> parameters(String query) {
    Map<String, String> parameters = new LinkedHashMap<>();
    for (String pair : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        parameters.merge(
            pair.substring(0, equals),
            URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8),
            (first, second) -> first + " " + second);
      }
    }
    return parameters;
  }

  private void send(HttpExchange exchange, RegistryAnswer answer, @Nullable RegistryFault fault)
      throws IOException {
    if (fault instanceof RegistryFault.Status status) {
      send(
          exchange,
          new RegistryAnswer(status.code(), status.headers(), new Bytes(status.bodyBytes())),
          true);
    } else if (fault instanceof RegistryFault.Changed changed) {
      Map<String, String> headers = new LinkedHashMap<>(answer.headers());
      headers.putAll(changed.headers());
      Bytes body = new Bytes(changed.change().of(answer.body().toArray()));
      send(exchange, new RegistryAnswer(answer.status(), headers, body), changed.lengthSaid());
    } else if (fault instanceof RegistryFault.Broken broken) {
      if (broken.afterBytes().isPresent()) {
        sendBroken(exchange, answer, broken);
      }
    } else {
      send(exchange, answer, true);
    }
  }

  private static void send(HttpExchange exchange, RegistryAnswer answer, boolean lengthSaid)
      throws IOException {
    byte[] body = answer.body().toArray();
    answer.headers().forEach(exchange.getResponseHeaders()::set);
    // The JDK's server sends head and body apart and leaves TCP to wait 40 ms in between for an
    // acknowledgement; it does not wait where the connection ends with the answer.
    exchange.getResponseHeaders().set("Connection", "close");
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
      exchange.sendResponseHeaders(answer.status(), -1);
      return;
    }
    // The JDK's server takes 0 for "not said" and -1 for "nothing".
    exchange.sendResponseHeaders(
        answer.status(), !lengthSaid ? 0 : body.length == 0 ? -1 : body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  private void sendBroken(HttpExchange exchange, RegistryAnswer answer, RegistryFault.Broken broken)
      throws IOException {
    byte[] body = answer.body().toArray();
    int sent = (int) Math.min(body.length, broken.afterBytes().orElse(0));
    answer.headers().forEach(exchange.getResponseHeaders()::set);
    exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
    OutputStream out = exchange.getResponseBody();
    out.write(body, 0, sent);
    out.flush();
    if (broken.stalling()) {
      try {
        closed.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    // What is missing makes the server end the connection when the exchange is closed.
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
  }
}

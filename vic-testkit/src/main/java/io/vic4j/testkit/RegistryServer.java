package io.vic4j.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** One HTTP server on this machine: notes each request, answers it, and does wrong as planned. */
final class RegistryServer implements AutoCloseable {
  /** What a server answers. */
  interface Answers {
    RegistryAnswer answer(RegistryApi.Call call, String authorization);
  }

  private final String name;
  private final ExecutorService executor;
  private final RegistryFaults faults;
  private final Consumer<RegistryRequest> log;
  private final ObjLongConsumer<String> traffic;
  private final ServerSocket server;
  private final boolean tls;
  private final Set<HttpConnection> connections = ConcurrentHashMap.newKeySet();
  private final CountDownLatch closed = new CountDownLatch(1);

  /** A server that answers nothing until {@link #answering}. */
  RegistryServer(
      String name,
      @Nullable SSLContext tls,
      ExecutorService executor,
      RegistryFaults faults,
      Consumer<RegistryRequest> log,
      ObjLongConsumer<String> traffic) {
    this.traffic = traffic;
    this.name = name;
    this.executor = executor;
    this.faults = faults;
    this.log = log;
    this.tls = tls != null;
    try {
      InetAddress loopback = InetAddress.getLoopbackAddress();
      this.server =
          tls == null
              ? new ServerSocket(0, 64, loopback)
              : tls.getServerSocketFactory().createServerSocket(0, 64, loopback);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start the embedded registry", e);
    }
  }

  /** Starts. */
  void answering(Answers answers) {
    executor.execute(() -> accept(answers));
  }

  /** Host and port; a host name where there is TLS, for certificates. */
  String address() {
    return (tls ? "localhost:" : "127.0.0.1:") + server.getLocalPort();
  }

  /** Scheme, host and port. */
  String origin() {
    return (tls ? "https://" : "http://") + address();
  }

  private void accept(Answers answers) {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        executor.execute(() -> serve(socket, answers));
      } catch (IOException | RejectedExecutionException e) {
        // Closed, or a client that has gone already.
      }
    }
  }

  private void serve(Socket socket, Answers answers) {
    try (socket;
        HttpConnection connection = new HttpConnection(socket)) {
      connections.add(connection);
      try {
        HttpConnection.Request request = connection.next();
        while (request != null && !server.isClosed() && handle(connection, request, answers)) {
          connection.flush();
          request = connection.next();
        }
      } finally {
        connections.remove(connection);
      }
    } catch (IOException e) {
      // The client has gone; what it makes of that is what the test looks at.
    }
  }

  /** Answers a request; false if the connection is to end. */
  private boolean handle(HttpConnection connection, HttpConnection.Request request, Answers answers)
      throws IOException {
    String[] target = request.target().split("\\?", 2);
    String query = target.length == 2 ? target[1] : "";
    String authorization = request.header("authorization");
    RegistryRequest noted =
        new RegistryRequest(
            name,
            request.method(),
            URLDecoder.decode(target[0].replace("+", "%2B"), StandardCharsets.UTF_8),
            query,
            authorization.replaceFirst(" .*", ""),
            request.header("range"),
            request.header("user-agent"),
            request.body().size());
    log.accept(noted);
    String contentType = request.header("content-type");
    boolean form = contentType.startsWith("application/x-www-form-urlencoded");
    RegistryFault fault = faults.next(noted).orElse(null);
    if (fault instanceof RegistryFault.Status status) {
      // Who refuses does not do what was asked.
      return send(connection, noted, RegistryAnswer.of(500), status);
    }
    RegistryAnswer answer =
        answers.answer(
            new RegistryApi.Call(
                noted.method(),
                noted.path(),
                parameters(form ? request.body().toString() : query),
                fault instanceof RegistryFault.WholeAnswer ? "" : noted.range(),
                contentType,
                request.body()),
            authorization);
    return send(connection, noted, answer, fault);
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

  private boolean send(
      HttpConnection connection,
      RegistryRequest request,
      RegistryAnswer answer,
      @Nullable RegistryFault fault)
      throws IOException {
    boolean head = request.method().equals("HEAD");
    byte[] body = answer.body().toArray();
    if (fault instanceof RegistryFault.Status status) {
      byte[] said = status.bodyBytes();
      connection.head(status.code(), status.headers(), said.length);
      connection.body(said, said.length);
      traffic.accept(request.path(), said.length);
    } else if (fault instanceof RegistryFault.Broken broken) {
      traffic.accept(request.path(), Math.min(body.length, broken.afterBytes().orElse(0)));
      sendBroken(connection, answer, body, broken);
      return false;
    } else if (fault instanceof RegistryFault.Changed changed) {
      traffic.accept(request.path(), sendChanged(connection, answer, body, changed));
    } else {
      connection.head(answer.status(), answer.headers(), body.length);
      connection.body(body, head ? 0 : body.length);
      traffic.accept(request.path(), head ? 0 : body.length);
    }
    return true;
  }

  private static long sendChanged(
      HttpConnection connection, RegistryAnswer answer, byte[] body, RegistryFault.Changed changed)
      throws IOException {
    Map<String, String> headers = new LinkedHashMap<>(answer.headers());
    headers.putAll(changed.headers());
    byte[] sent = changed.change().of(body);
    if (changed.lengthSaid()) {
      connection.head(answer.status(), headers, sent.length);
      connection.body(sent, sent.length);
    } else {
      connection.chunked(answer.status(), headers, sent);
    }
    return sent.length;
  }

  private void sendBroken(
      HttpConnection connection, RegistryAnswer answer, byte[] body, RegistryFault.Broken broken)
      throws IOException {
    if (broken.afterBytes().isPresent()) {
      connection.head(answer.status(), answer.headers(), body.length);
      connection.body(body, (int) Math.min(body.length, broken.afterBytes().getAsLong()));
      connection.flush();
    }
    if (broken.stalling()) {
      try {
        closed.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      connections.forEach(HttpConnection::close);
    }
  }
}

package io.vic4j.core.vsphere;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vic4j.core.http.HttpClients;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/**
 * A server that answers SOAP calls with what a test says, and a client for it: for what a simulator
 * would not do.
 */
final class FakeServer implements AutoCloseable {
  private static final Pattern METHOD = Pattern.compile("<(?:\\w+:)?Body><(\\w+)");

  /** Answers a call; throws an {@link IOException} to close the connection without an answer. */
  interface Answering {
    void answer(HttpExchange exchange, String request) throws IOException;
  }

  final List<String> calls = new CopyOnWriteArrayList<>();
  final List<String> requests = new CopyOnWriteArrayList<>();
  final Set<Integer> connections = ConcurrentHashMap.newKeySet();
  private final Map<String, Answering> answers = new ConcurrentHashMap<>();
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final VimHttp http;
  private final VimClient client;

  FakeServer() throws IOException {
    this(Duration.ofSeconds(20));
  }

  FakeServer(Duration answerTimeout) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/sdk", this::handle);
    server.setExecutor(threads);
    server.start();
    http = new VimHttp(new HttpClients(threads, Duration.ofSeconds(5), null), answerTimeout);
    client = new VimClient(uri(), http, answerTimeout);
    returns(
        "RetrieveServiceContent",
        """
        <rootFolder type="Folder">group-d1</rootFolder>
        <propertyCollector type="PropertyCollector">pc</propertyCollector>
        <about><name>fake</name><apiType>VirtualCenter</apiType></about>
        <sessionManager type="SessionManager">SessionManager</sessionManager>
        """);
    AtomicInteger logins = new AtomicInteger();
    on(
        "Login",
        (exchange, request) -> {
          exchange
              .getResponseHeaders()
              .add(
                  "Set-Cookie",
                  "vmware_soap_session=\"s" + logins.incrementAndGet() + "\"; Path=/");
          send(exchange, 200, envelope("LoginResponse", "<key>k</key><userName>u</userName>"));
        });
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/sdk");
  }

  VimClient client() {
    return client;
  }

  VimHttp http() {
    return http;
  }

  /** What a method is answered with from now on. */
  FakeServer on(String method, Answering answering) {
    answers.put(method, answering);
    return this;
  }

  /** A method returns this, the content of {@code returnval}. */
  FakeServer returns(String method, String value) {
    return on(
        method, (exchange, request) -> send(exchange, 200, envelope(method + "Response", value)));
  }

  static String envelope(String response, String value) {
    return "<?xml version=\"1.0\"?><soapenv:Envelope"
        + " xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\""
        + " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body><"
        + response
        + " xmlns=\"urn:vim25\"><returnval>"
        + value
        + "</returnval></"
        + response
        + "></soapenv:Body></soapenv:Envelope>";
  }

  static String fault(String type, String text) {
    return "<?xml version=\"1.0\"?><soapenv:Envelope"
        + " xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\""
        + " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body><soapenv:Fault>"
        + "<faultcode>ServerFaultCode</faultcode><faultstring>"
        + text
        + "</faultstring><detail><"
        + type
        + "Fault xmlns=\"urn:vim25\" xsi:type=\""
        + type
        + "\"/></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>";
  }

  static void send(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "text/xml; charset=utf-8");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  static byte[] zipped(String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      connections.add(exchange.getRemoteAddress().getPort());
      String request = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      Matcher method = METHOD.matcher(request);
      String name = method.find() ? method.group(1) : "?";
      calls.add(name);
      requests.add(request);
      Answering answering = answers.get(name);
      if (answering == null) {
        send(exchange, 500, fault("NotSupported", name + " is not there"));
      } else {
        answering.answer(exchange, request);
      }
    }
  }

  long count(String method) {
    return calls.stream().filter(method::equals).count();
  }

  @Override
  public void close() {
    http.close();
    server.stop(0);
    threads.shutdownNow();
  }
}

package io.vic4j.testkit.integration;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A proxy for TLS (RFC 9110, section 9.3.6) that leads all names to one server. */
final class TunnelProxy implements AutoCloseable {
  private final String host;
  private final int port;
  private final ServerSocket door;
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  private TunnelProxy(String host, int port) throws IOException {
    this.host = host;
    this.port = port;
    this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  /** A proxy to the server at {@code host:port}. */
  static TunnelProxy to(String server) throws IOException {
    int colon = server.lastIndexOf(':');
    return new TunnelProxy(
        server.substring(0, colon), Integer.parseInt(server.substring(colon + 1)));
  }

  /** Where it is. */
  String address() {
    return "http://" + door.getInetAddress().getHostAddress() + ":" + door.getLocalPort();
  }

  /** What it was asked to lead to, as {@code host:port}. */
  List<String> asked() {
    return List.copyOf(asked);
  }

  private void accept() {
    try {
      while (true) {
        Socket caller = door.accept();
        threads.execute(() -> serve(caller));
      }
    } catch (IOException e) {
      // It is closed.
    }
  }

  private void serve(Socket caller) {
    try (caller;
        Socket behind = new Socket(host, port)) {
      asked.add(head(caller.getInputStream()).split(" ")[1]);
      caller
          .getOutputStream()
          .write("HTTP/1.1 200 Connected\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      threads.execute(() -> pass(behind, caller));
      pass(caller, behind);
    } catch (IOException e) {
      // The caller sees that.
    }
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int read = in.read();
      if (read < 0) {
        throw new IOException("no request");
      }
      head.append((char) read);
    }
    return head.toString();
  }

  private static void pass(Socket from, Socket to) {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      // One of the two has ended.
    }
  }

  @Override
  public void close() throws IOException {
    door.close();
    threads.shutdown();
  }
}

package io.vic4j.testkit.vsphere;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A server under another address of this machine: what comes there goes to it. */
final class Relay implements AutoCloseable {
  private final URI server;
  private final ServerSocket door;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  Relay(URI server, String address) throws IOException {
    this.server = server;
    this.door = new ServerSocket(0, 50, InetAddress.getByName(address));
    threads.execute(this::accept);
  }

  /** Where it is. */
  String url() {
    return "https://"
        + door.getInetAddress().getHostAddress()
        + ":"
        + door.getLocalPort()
        + server.getPath();
  }

  private void accept() {
    try {
      while (true) {
        Socket caller = door.accept();
        Socket behind = new Socket(server.getHost(), server.getPort());
        threads.execute(() -> pass(caller, behind));
        threads.execute(() -> pass(behind, caller));
      }
    } catch (IOException e) {
      // It is closed.
    }
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

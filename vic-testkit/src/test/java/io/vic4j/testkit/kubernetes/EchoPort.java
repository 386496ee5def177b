package io.vic4j.testkit.kubernetes;

import io.vic4j.core.UnavailableException;
import io.vic4j.core.vm.GuestConnection;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/** A port of a guest that sends back what it is sent, over real sockets. */
final class EchoPort implements AutoCloseable {
  static final int PORT = 8080;

  private final ServerSocket server;
  final AtomicInteger open = new AtomicInteger();

  EchoPort() throws IOException {
    server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "echo");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        start(() -> echo(socket));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private static void echo(Socket socket) {
    try (socket) {
      socket.getInputStream().transferTo(socket.getOutputStream());
    } catch (IOException e) {
      // The other side is gone.
    }
  }

  /** Has a node's pods be connected with it at port 8080, and nothing at others. */
  void serve(KubeletNode node) {
    node.answer(
        "portForward",
        arguments -> {
          if ((int) arguments[1] != PORT) {
            throw new UnavailableException("nothing listens at port " + arguments[1], null);
          }
          return connect();
        });
  }

  private GuestConnection connect() throws IOException {
    Socket socket = new Socket(server.getInetAddress(), server.getLocalPort());
    open.incrementAndGet();
    OutputStream out =
        new FilterOutputStream(socket.getOutputStream()) {
          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
          }

          @Override
          public void close() throws IOException {
            if (!socket.isClosed()) {
              socket.shutdownOutput();
            }
          }
        };
    InputStream in = socket.getInputStream();
    return new GuestConnection() {
      private boolean closed;

      @Override
      public InputStream in() {
        return in;
      }

      @Override
      public OutputStream out() {
        return out;
      }

      @Override
      public synchronized void close() {
        if (!closed) {
          closed = true;
          open.decrementAndGet();
          try {
            socket.close();
          } catch (IOException e) {
            throw new UnavailableException("a socket cannot be closed", e);
          }
        }
      }
    };
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}

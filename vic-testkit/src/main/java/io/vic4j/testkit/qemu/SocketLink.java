package io.vic4j.testkit.qemu;

import io.vic4j.core.link.LinkStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection to a tether, over a socket of its QEMU. Has a thread that reads, until its end. */
final class SocketLink implements LinkStream {
  private static final Logger log = LoggerFactory.getLogger(SocketLink.class);
  private static final int READ_BYTES = 32 * 1024;

  // Streams over a channel, as the JDK gives them, let nobody read while somebody writes.
  private final SocketChannel channel;

  private SocketLink(SocketChannel channel) {
    this.channel = channel;
  }

  static SocketLink connect(Path socket, Receiver receiver) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
      SocketLink link = new SocketLink(channel);
      Thread reader = new Thread(() -> link.read(receiver), "vic4j-link");
      reader.setDaemon(true);
      reader.start();
      return link;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private void read(Receiver receiver) {
    ByteBuffer buffer = ByteBuffer.allocate(READ_BYTES);
    try {
      while (channel.read(buffer.clear()) >= 0) {
        receiver.received(buffer.array(), buffer.position());
      }
    } catch (IOException e) {
      log.debug("a connection to a guest ends", e);
    } finally {
      receiver.ended();
    }
  }

  @Override
  public synchronized void write(byte[] bytes) throws IOException {
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    while (rest.hasRemaining()) {
      channel.write(rest);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}

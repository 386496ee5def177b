package io.vic4j.testkit.qemu;

import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/** A guest's first serial port, for somebody who talks with its tether. For use by one thread. */
final class Console implements Closeable {
  private static final int TAIL_CHARACTERS = 2_000;

  private final SocketChannel channel;
  private final Selector selector;
  private final StringBuilder heard = new StringBuilder();

  private Console(SocketChannel channel, Selector selector) {
    this.channel = channel;
    this.selector = selector;
  }

  static Console connect(Path socket) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    Selector selector = Selector.open();
    Console console = new Console(channel, selector);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ);
      return console;
    } catch (IOException e) {
      console.close();
      throw e;
    }
  }

  /** Sends a line; it must be short enough for the socket, as all of ours are. */
  void send(String line) throws IOException {
    ByteBuffer text = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.US_ASCII));
    channel.write(text);
    if (text.hasRemaining()) {
      throw new IOException("the guest's console takes nothing");
    }
  }

  /**
   * Waits until the guest has said something.
   *
   * @throws IOException if it has not in this time, or its machine has ended; with the last of what
   *     it said
   */
  void await(String text, Duration patience) throws IOException {
    long end = System.nanoTime() + patience.toNanos();
    ByteBuffer buffer = ByteBuffer.allocate(4096);
    while (heard.indexOf(text) < 0) {
      long millis = (end - System.nanoTime()) / 1_000_000;
      if (Thread.currentThread().isInterrupted()) {
        throw new IOException("interrupted while the guest was to say \"" + text + "\"");
      }
      if (millis > 0) {
        selector.select(millis);
        selector.selectedKeys().clear();
      }
      int count = channel.read(buffer.clear());
      heard.append(StandardCharsets.ISO_8859_1.decode(buffer.flip()));
      if (count < 0 || (count == 0 && millis <= 0)) {
        String tail = heard.substring(Math.max(0, heard.length() - TAIL_CHARACTERS)).strip();
        throw new IOException(
            "the guest does not say \""
                + text
                + "\" "
                + (count < 0 ? "and has ended" : "in time")
                + (tail.isEmpty() ? "" : "; it said: " + tail));
      }
    }
    heard.delete(0, heard.indexOf(text) + text.length());
  }

  @Override
  public void close() throws IOException {
    try (selector) {
      channel.close();
    }
  }
}

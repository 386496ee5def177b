package io.vic4j.testkit.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection by which a process of QEMU is controlled (QEMU Machine Protocol). Its end is the
 * end of the process.
 */
final class Qmp implements Closeable {
  private static final Logger log = LoggerFactory.getLogger(Qmp.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final SocketChannel channel;
  private final BufferedReader answers;

  private Qmp(SocketChannel channel) {
    this.channel = channel;
    this.answers = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
  }

  /**
   * Connects.
   *
   * @throws IOException if there is no such process any more
   */
  static Qmp connect(Path socket) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    Qmp qmp = new Qmp(channel);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
      if (qmp.answers.readLine() == null) { // The greeting.
        throw new IOException("QEMU ended before it greeted");
      }
      qmp.send("qmp_capabilities");
      return qmp;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Sends a command; nobody waits for its answer. */
  void send(String command) throws IOException {
    ByteBuffer text =
        ByteBuffer.wrap(
            ("{\"execute\":\"" + command + "\"}\n").getBytes(StandardCharsets.US_ASCII));
    synchronized (this) {
      while (text.hasRemaining()) {
        channel.write(text);
      }
    }
  }

  /** Reads answers and events until the process has ended, or this is closed. */
  void awaitEnd() {
    try {
      String line = answers.readLine();
      while (line != null) {
        JsonNode message = JSON.readTree(line);
        if (message.has("error")) {
          log.warn("QEMU refuses: {}", line);
        } else if (message.has("event")) {
          log.debug("QEMU tells: {}", line);
        }
        line = answers.readLine();
      }
    } catch (IOException e) {
      log.debug("the connection to QEMU has ended", e);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}

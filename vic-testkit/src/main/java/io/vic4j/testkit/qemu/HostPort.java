package io.vic4j.testkit.qemu;

import com.fasterxml.jackson.databind.ObjectMapper;
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
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The port on which a guest is told its variables, a line of JSON for each. It is connected to when
 * there is something to tell. Thread-safe.
 */
final class HostPort implements Closeable {
  private static final Logger log = LoggerFactory.getLogger(HostPort.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What the variables begin with that guests see. */
  private static final String GUEST_KEYS = "guestinfo.";

  private final Path socket;
  private @Nullable SocketChannel channel; // Guarded by this.

  /**
   * A port.
   *
   * @param socket its other end
   */
  HostPort(Path socket) {
    this.socket = socket;
  }

  /** Connects now. */
  synchronized void open() throws IOException {
    SocketChannel unused = connect();
  }

  /**
   * Tells the guest the new values of its variables; it hears of them when it listens. Nobody waits
   * for a guest that does not: what it lets lie until nothing more fits is told to it no more.
   */
  synchronized void tell(Map<String, String> changes) {
    String lines = lines(changes);
    try {
      ByteBuffer text = bytes(channel == null ? "\n" + lines : lines); // Ends what was cut off.
      SocketChannel open = connect();
      while (text.hasRemaining()) {
        if (open.write(text) == 0) {
          throw new IOException("the guest does not listen");
        }
      }
    } catch (IOException e) {
      log.debug("the guest cannot be told {}", changes.keySet(), e);
      close();
    }
  }

  /**
   * The lines that tell of variables one after the other: those that are parts of something, such
   * as {@code guestinfo.vic/link.data}, before those that say that it is there. Else a guest could
   * take the parts of something before for those of what is new.
   */
  private static String lines(Map<String, String> variables) {
    return variables.entrySet().stream()
        .filter(variable -> variable.getKey().startsWith(GUEST_KEYS))
        .sorted(
            Comparator.comparing((Map.Entry<String, String> one) -> isWhole(one.getKey()))
                .thenComparing(Map.Entry.comparingByKey()))
        .map(variable -> line(variable.getKey(), variable.getValue()))
        .collect(Collectors.joining());
  }

  private static boolean isWhole(String key) {
    return key.indexOf('.', GUEST_KEYS.length()) < 0;
  }

  private static String line(String key, String value) {
    return JSON.createObjectNode().put("key", key).put("value", value) + "\n";
  }

  /**
   * Tells a guest that goes on from a template all of its variables, and then to go on.
   *
   * @param order what it needs to know for that
   * @param patience how long it may take to listen
   * @throws IOException if it does not, or its machine has ended
   */
  synchronized void wake(Map<String, String> variables, String order, Duration patience)
      throws IOException {
    ByteBuffer text = bytes(lines(variables) + line(Template.WAKE, order));
    exchange(
        SelectionKey.OP_WRITE,
        patience,
        open -> {
          open.write(text);
          return !text.hasRemaining();
        });
  }

  /**
   * Waits until the guest has said a word, the only one that it says until it is told something.
   *
   * @throws IOException if it has not in this time, or its machine has ended
   */
  synchronized void await(String word, Duration patience) throws IOException {
    ByteBuffer heard = ByteBuffer.allocate(word.length() + 1);
    exchange(
        SelectionKey.OP_READ,
        patience,
        open -> {
          if (open.read(heard) < 0) {
            throw new IOException("the machine has ended before its guest said \"" + word + "\"");
          }
          return !heard.hasRemaining();
        });
    String said = StandardCharsets.ISO_8859_1.decode(heard.flip()).toString();
    if (!said.equals(word + "\n")) {
      throw new IOException("the guest says \"" + said.strip() + "\", not \"" + word + "\"");
    }
  }

  private interface Exchange {
    /** Does what can be done now, and says whether that was all. */
    boolean goOn(SocketChannel channel) throws IOException;
  }

  private void exchange(int operation, Duration patience, Exchange exchange) throws IOException {
    long end = System.nanoTime() + patience.toNanos();
    SocketChannel open = connect();
    try (Selector selector = Selector.open()) {
      open.register(selector, operation);
      while (!exchange.goOn(open)) {
        long millis = (end - System.nanoTime()) / 1_000_000;
        if (Thread.currentThread().isInterrupted()) {
          throw new IOException("interrupted while the guest was waited for");
        }
        if (millis <= 0) {
          throw new IOException("the guest does not answer in time");
        }
        selector.select(millis);
        selector.selectedKeys().clear();
      }
    }
  }

  private SocketChannel connect() throws IOException {
    SocketChannel open = channel;
    if (open == null) {
      open = SocketChannel.open(StandardProtocolFamily.UNIX);
      channel = open;
      open.connect(UnixDomainSocketAddress.of(socket));
      open.configureBlocking(false);
    }
    return open;
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public synchronized void close() {
    SocketChannel open = channel;
    channel = null;
    try {
      if (open != null) {
        open.close();
      }
    } catch (IOException e) {
      log.debug("a socket that cannot be closed", e);
    }
  }
}

package io.vic4j.testkit.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.CancelledException;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection by which a process of QEMU is controlled (QEMU Machine Protocol). Its end is the
 * end of the process.
 */
final class Qmp implements Closeable {
  private static final Logger log = LoggerFactory.getLogger(Qmp.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final long ANSWER_SECONDS = 30;
  private static final int STATE_BUFFER_BYTES = 64 << 10;

  private final SocketChannel channel;
  private final BufferedReader answers;
  private final AtomicInteger calls = new AtomicInteger();
  private final Map<String, CompletableFuture<JsonNode>> open = new ConcurrentHashMap<>();
  private volatile boolean attended; // A thread reads all that comes.

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
    send(JSON.createObjectNode().put("execute", command));
  }

  private void send(JsonNode message) throws IOException {
    ByteBuffer text = ByteBuffer.wrap((message + "\n").getBytes(StandardCharsets.UTF_8));
    synchronized (this) {
      while (text.hasRemaining()) {
        channel.write(text);
      }
    }
  }

  /**
   * Sends a command and waits until it is done.
   *
   * @throws IOException if QEMU refuses, or has ended
   */
  void call(String command, JsonNode arguments) throws IOException {
    JsonNode unused = ask(command, arguments);
  }

  /** As {@link #call}, for a command that returns something. */
  JsonNode ask(String command, JsonNode arguments) throws IOException {
    String id = "call-" + calls.incrementAndGet();
    CompletableFuture<JsonNode> answered = new CompletableFuture<>();
    open.put(id, answered);
    try {
      ObjectNode message = JSON.createObjectNode().put("execute", command).put("id", id);
      send(message.set("arguments", arguments));
      if (!attended) {
        JsonNode unused = await(one -> answered.isDone());
      }
      JsonNode answer = answered.get(ANSWER_SECONDS, TimeUnit.SECONDS);
      if (answer.has("error")) {
        throw new IOException(command + ": " + answer.path("error").path("desc").asText());
      }
      return answer.path("return");
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("QEMU has not answered " + command, e);
    } catch (InterruptedException e) {
      throw CancelledException.from(e, command + " of QEMU");
    } finally {
      open.remove(id);
    }
  }

  /** Lets migrations tell how they go on, and leave out memory that is kept in a shared file. */
  void prepareMigration() throws IOException {
    ArrayNode capabilities = JSON.createArrayNode();
    for (String name : List.of("events", "x-ignore-shared")) {
      capabilities.addObject().put("capability", name).put("state", true);
    }
    call("migrate-set-capabilities", JSON.createObjectNode().set("capabilities", capabilities));
  }

  /**
   * Saves how the machine's processors and devices are.
   *
   * @param socket a path for QEMU to write to
   * @param state the file to be written
   */
  void save(Path socket, Path state) throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        FileChannel file =
            FileChannel.open(state, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      migrate("migrate", socket);
      try (SocketChannel stream = accept(server)) {
        ByteBuffer part = ByteBuffer.allocateDirect(STATE_BUFFER_BYTES);
        while (stream.read(part.clear()) >= 0) {
          part.flip();
          while (part.hasRemaining()) {
            file.write(part);
          }
        }
      }
    }
    awaitMigrated("migrate");
  }

  private static SocketChannel accept(ServerSocketChannel server) throws IOException {
    server.configureBlocking(false);
    try (Selector selector = Selector.open()) {
      server.register(selector, SelectionKey.OP_ACCEPT);
      selector.select(TimeUnit.SECONDS.toMillis(ANSWER_SECONDS));
    }
    SocketChannel stream = server.accept();
    if (stream == null) {
      throw new IOException("QEMU does not write the state of its machine");
    }
    return stream;
  }

  /**
   * Has the machine go on from what was {@linkplain #save saved}.
   *
   * @param socket a path for QEMU to read from
   * @param state the file
   */
  void load(Path socket, Path state) throws IOException {
    migrate("migrate-incoming", socket);
    try (FileChannel file = FileChannel.open(state);
        SocketChannel stream = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      long size = file.size();
      for (long at = 0; at < size; ) {
        at += file.transferTo(at, size - at, stream);
      }
    }
    awaitMigrated("migrate-incoming");
  }

  private void migrate(String command, Path socket) throws IOException {
    call(command, JSON.createObjectNode().put("uri", "unix:" + socket));
  }

  private void awaitMigrated(String command) throws IOException {
    JsonNode last =
        await(
            one -> {
              String status = one.path("data").path("status").asText();
              return one.path("event").asText().equals("MIGRATION")
                  && (status.equals("completed") || status.equals("failed"));
            });
    if (last.path("data").path("status").asText().equals("failed")) {
      throw new IOException(command + " has failed");
    }
  }

  private JsonNode await(Predicate<JsonNode> wanted) throws IOException {
    while (true) {
      String line = answers.readLine();
      if (line == null) {
        throw new IOException("QEMU has ended");
      }
      JsonNode message = JSON.readTree(line);
      take(message);
      if (wanted.test(message)) {
        return message;
      }
    }
  }

  private void take(JsonNode message) {
    CompletableFuture<JsonNode> answered = open.get(message.path("id").asText());
    if (answered != null) {
      answered.complete(message);
    } else if (message.has("error")) {
      log.warn("QEMU refuses: {}", message);
    } else if (message.has("event")) {
      log.debug("QEMU tells: {}", message);
    }
  }

  /** From now on calls get their answers from who {@linkplain #awaitEnd awaits the end}. */
  void attend() {
    attended = true;
  }

  /** Reads answers and events until the process has ended, or this is closed. */
  void awaitEnd() {
    try {
      JsonNode unused = await(one -> false);
    } catch (IOException e) {
      log.debug("the connection to QEMU has ended", e);
      open.values().forEach(call -> call.completeExceptionally(e));
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}

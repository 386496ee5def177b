package io.vic4j.testkit.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;

/** A client of channels over WebSocket: the JDK's. */
final class ChannelClient implements WebSocket.Listener, AutoCloseable {
  private static final int PIECE_BYTES = 32 * 1024;

  private final Map<Integer, ByteArrayOutputStream> received = new ConcurrentHashMap<>();
  private final CompletableFuture<Integer> closed = new CompletableFuture<>();
  private final boolean takesNothing;
  private WebSocket socket;
  private int current = -1;

  private ChannelClient(boolean takesNothing) {
    this.takesNothing = takesNothing;
  }

  static ChannelClient open(SSLContext context, URI uri, String... protocols) throws Exception {
    return open(new ChannelClient(false), context, uri, protocols);
  }

  /** One that does not read what it is sent. */
  static ChannelClient deaf(SSLContext context, URI uri, String... protocols) throws Exception {
    return open(new ChannelClient(true), context, uri, protocols);
  }

  private static ChannelClient open(
      ChannelClient client, SSLContext context, URI uri, String... protocols) throws Exception {
    WebSocket.Builder builder = KubeletNode.client(context).newWebSocketBuilder();
    if (protocols.length > 0) {
      builder.subprotocols(protocols[0], Arrays.copyOfRange(protocols, 1, protocols.length));
    }
    client.socket = get(builder.buildAsync(uri, client));
    return client;
  }

  private static <T> T get(CompletableFuture<T> future)
      throws InterruptedException, ExecutionException, TimeoutException {
    return future.get(KubeletNode.LONG.toSeconds(), TimeUnit.SECONDS);
  }

  String protocol() {
    return socket.getSubprotocol();
  }

  void send(int channel, byte[] content) throws Exception {
    for (int done = 0; done < content.length || done == 0; done += PIECE_BYTES) {
      int count = Math.min(PIECE_BYTES, content.length - done);
      ByteBuffer message = ByteBuffer.allocate(1 + count);
      message.put((byte) channel).put(content, done, count).flip();
      get(socket.sendBinary(message, true));
    }
  }

  void send(int channel, String text) throws Exception {
    send(channel, text.getBytes(UTF_8));
  }

  void sendText(String text) throws Exception {
    get(socket.sendText(text, true));
  }

  /** Ends a channel, as version 5 has it. */
  void end(int channel) throws Exception {
    get(socket.sendBinary(ByteBuffer.wrap(new byte[] {(byte) 255, (byte) channel}), true));
  }

  /** Waits for the end of the connection; the status of its close. */
  int awaitClose() throws Exception {
    return get(closed);
  }

  boolean isClosed() {
    return closed.isDone();
  }

  int count(int channel) {
    ByteArrayOutputStream bytes = received.get(channel);
    return bytes == null ? 0 : bytes.size();
  }

  byte[] received(int channel) {
    ByteArrayOutputStream bytes = received.get(channel);
    return bytes == null ? new byte[0] : bytes.toByteArray();
  }

  String text(int channel) {
    return new String(received(channel), UTF_8);
  }

  @Override
  public void onOpen(WebSocket opened) {
    if (!takesNothing) {
      opened.request(1);
    }
  }

  @Override
  public CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
    if (current < 0) {
      current = data.get() & 0xFF;
    }
    byte[] content = new byte[data.remaining()];
    data.get(content);
    received.computeIfAbsent(current, key -> new ByteArrayOutputStream()).writeBytes(content);
    if (last) {
      current = -1;
    }
    from.request(1);
    return null;
  }

  @Override
  public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    byte[] content =
        java.util.Base64.getDecoder().decode(data.subSequence(1, data.length()).toString());
    received
        .computeIfAbsent(data.charAt(0) - '0', key -> new ByteArrayOutputStream())
        .writeBytes(content);
    from.request(1);
    return null;
  }

  @Override
  public CompletionStage<?> onClose(WebSocket from, int status, String reason) {
    closed.complete(status);
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    closed.completeExceptionally(error);
  }

  /** Goes without a word. */
  @Override
  public void close() {
    socket.abort();
  }
}

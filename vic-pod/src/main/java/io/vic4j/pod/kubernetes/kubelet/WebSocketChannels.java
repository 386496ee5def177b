package io.vic4j.pod.kubernetes.kubelet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The channels of one WebSocket connection. Its other methods may be called by any thread. */
@SuppressWarnings("FutureReturnValueIgnored") // What fails is told by the channel, which closes.
final class WebSocketChannels extends SimpleChannelInboundHandler<WebSocketFrame> {
  private static final Logger log = LoggerFactory.getLogger(WebSocketChannels.class);

  // k8s.io/apimachinery/pkg/util/remotecommand: StreamClose, of version 5.
  private static final int CLOSE_SIGNAL = 255;
  private static final long HELD_HIGH_BYTES = 256 * 1024;
  private static final long HELD_LOW_BYTES = 64 * 1024;
  private static final int LINGER_SECONDS = 5;

  private final Channel channel;
  private final ChannelProtocol protocol;
  private final ReadGate gate;
  private final Liveness liveness;
  private final Map<Integer, InboundBytes> inbound = new ConcurrentHashMap<>();
  private int current = -1; // The channel of a message in several frames.

  /**
   * The channels of a connection that becomes one.
   *
   * @param idle how long nothing may come or go
   */
  WebSocketChannels(Channel channel, ChannelProtocol protocol, Duration idle) {
    this.channel = channel;
    this.protocol = protocol;
    this.gate = new ReadGate(channel, HELD_HIGH_BYTES, HELD_LOW_BYTES);
    this.liveness =
        Liveness.watch(channel, idle, () -> channel.writeAndFlush(new PingWebSocketFrame()));
  }

  /** A channel that is written only, or read too. */
  ClientStream stream(int number, boolean read) {
    InboundBytes bytes = new InboundBytes(gate::release);
    if (read) {
      inbound.put(number, bytes);
    }
    return new ClientStream() {
      @Override
      public ChannelFuture send(byte[] content, int offset, int length) {
        return WebSocketChannels.this.send(number, content, offset, length);
      }

      @Override
      public void end() {} // The protocols have no way to say so: the connection's end does.

      @Override
      public ChannelFuture gone() {
        return channel.closeFuture();
      }

      @Override
      public InboundBytes inbound() {
        return bytes;
      }
    };
  }

  private ChannelFuture send(int number, byte[] content, int offset, int length) {
    liveness.touch();
    if (protocol.base64()) {
      byte[] part = Arrays.copyOfRange(content, offset, offset + length);
      String text = (char) ('0' + number) + Base64.getEncoder().encodeToString(part);
      return channel.writeAndFlush(new TextWebSocketFrame(text));
    }
    ByteBuf message = channel.alloc().buffer(1 + length);
    message.writeByte(number).writeBytes(content, offset, length);
    return channel.writeAndFlush(new BinaryWebSocketFrame(message));
  }

  /** Ends the connection once all is sent; gives the client a while to take it. */
  void hangUp() {
    gate.openForGood();
    channel.writeAndFlush(new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE));
    channel.eventLoop().schedule(() -> channel.close(), LINGER_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, WebSocketFrame frame) {
    if (frame instanceof PingWebSocketFrame) {
      context.writeAndFlush(new PongWebSocketFrame(frame.content().retain()));
    } else if (frame instanceof CloseWebSocketFrame) {
      inbound.values().forEach(InboundBytes::end);
      context
          .writeAndFlush(new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE))
          .addListener(ChannelFutureListener.CLOSE);
    } else if (!(frame instanceof PongWebSocketFrame)) {
      liveness.touch();
      message(frame);
    }
  }

  private void message(WebSocketFrame frame) {
    ByteBuf content = frame.content();
    if (protocol.base64()) {
      content = decoded(content);
    }
    if (!(frame instanceof ContinuationWebSocketFrame)) {
      if (!content.isReadable()) {
        return;
      }
      current = content.readUnsignedByte();
    }
    if (current == CLOSE_SIGNAL && protocol.closes()) {
      InboundBytes ended = content.isReadable() ? bytes(content.readUnsignedByte()) : null;
      if (ended != null) {
        ended.end();
      }
      return;
    }
    InboundBytes bytes = bytes(current);
    if (bytes != null) { // Kubernetes' server, too, leaves what nobody reads.
      byte[] part = ByteBufUtil.getBytes(content);
      gate.hold(part.length);
      bytes.offer(part);
    }
  }

  private @Nullable InboundBytes bytes(int number) {
    return inbound.get(number);
  }

  /** A message in base64 as one in bytes. Those are not split: an aggregator stands before. */
  private static ByteBuf decoded(ByteBuf text) {
    String message = text.toString(StandardCharsets.US_ASCII);
    if (message.isEmpty()) {
      return Unpooled.EMPTY_BUFFER;
    }
    byte[] content = Base64.getDecoder().decode(message.substring(1));
    return Unpooled.buffer(1 + content.length)
        .writeByte(message.charAt(0) - '0')
        .writeBytes(content);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    inbound.values().forEach(InboundBytes::end);
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    log.debug("WebSocket connection of {} is closed", context.channel().remoteAddress(), cause);
    context.close();
  }
}

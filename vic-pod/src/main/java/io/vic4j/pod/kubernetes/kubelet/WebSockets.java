package io.vic4j.pod.kubernetes.kubelet;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketHandshakeException;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Makes WebSocket connections of requests (RFC 6455). */
@SuppressWarnings("FutureReturnValueIgnored") // What fails is told by the channel, which closes.
final class WebSockets {
  private static final int MAX_FRAME_BYTES = 1 << 20;

  private WebSockets() {}

  static boolean asksFor(HttpCall call) {
    return call.headers().containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
        && call.headers().contains(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true);
  }

  /** The protocol that a client asks for and that is offered; empty if it asks for none. */
  static Optional<String> protocol(HttpCall call, String offered) {
    List<String> asked = call.headers().getAll(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL);
    if (asked.isEmpty()) {
      return Optional.empty();
    }
    Optional<String> agreed = ChannelProtocol.agree(asked, offered);
    if (agreed.isEmpty()) {
      throw HttpFailure.badRequest(
          "unable to upgrade: of the protocols " + asked + " none is among " + offered);
    }
    return agreed;
  }

  /**
   * Makes a connection one; returns when its handlers are in place and the client is told.
   *
   * @param protocol what was agreed upon
   * @param aggregates whether messages in several frames are put together
   * @param handlers makes the handlers of the connection, on its thread
   */
  static void open(
      HttpCall call,
      Optional<String> protocol,
      boolean aggregates,
      Function<Channel, List<ChannelHandler>> handlers)
      throws InterruptedException {
    Channel channel = call.channel();
    String offered = protocol.orElse(null);
    WebSocketServerHandshaker handshaker =
        new WebSocketServerHandshakerFactory("", offered, config()).newHandshaker(call.request());
    if (handshaker == null) {
      throw new HttpFailure(
          HttpResponseStatus.UPGRADE_REQUIRED, "this server knows version 13 of WebSocket");
    }
    OnLoop.run(
        channel,
        () -> {
          call.leaveHttp();
          ChannelFuture told;
          try {
            // First: the answer is of HTTP, which the handlers do not take.
            told = handshaker.handshake(channel, call.request());
          } catch (WebSocketHandshakeException e) {
            channel.close();
            return channel.newFailedFuture(e);
          }
          if (aggregates) {
            channel.pipeline().addLast(new WebSocketFrameAggregator(MAX_FRAME_BYTES));
          }
          handlers.apply(channel).forEach(handler -> channel.pipeline().addLast(handler));
          return told;
        });
  }

  private static WebSocketDecoderConfig config() {
    return WebSocketDecoderConfig.newBuilder()
        .maxFramePayloadLength(MAX_FRAME_BYTES)
        .allowExtensions(false)
        // Each message's first byte is a number: there is no text to be checked.
        .withUTF8Validator(false)
        .build();
  }
}

package io.vic4j.pod.kubernetes.kubelet;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyVersion;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Makes SPDY connections of requests.
 *
 * <p>Source: Kubernetes, {@code k8s.io/apimachinery/pkg/util/httpstream}: an upgrade of HTTP to
 * {@code SPDY/3.1}, and a header for the protocol that is spoken over its streams.
 */
final class SpdyUpgrade {
  static final String VERSION_HEADER = "X-Stream-Protocol-Version";
  private static final String SPDY = "SPDY/3.1";
  private static final int CHUNK_BYTES = 32 * 1024;
  private static final int MAX_HEADER_BYTES = 16 * 1024;
  // zlib's, as SpdyFrameCodec has them unless told otherwise.
  private static final int COMPRESSION_LEVEL = 6;
  private static final int WINDOW_BITS = 15;
  private static final int MEMORY_LEVEL = 8;

  private SpdyUpgrade() {}

  static boolean asksFor(HttpCall call) {
    return call.headers().containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
        && call.headers().contains(HttpHeaderNames.UPGRADE, SPDY, true);
  }

  /**
   * The protocol that a client asks for and that is offered; empty if it asks for none.
   *
   * @throws HttpFailure if it asks only for others
   */
  static Optional<String> protocol(HttpCall call, String offered) {
    List<String> asked = call.headers().getAll(VERSION_HEADER);
    Optional<String> agreed = ChannelProtocol.agree(asked, offered);
    if (!asked.isEmpty() && agreed.isEmpty()) {
      throw new HttpFailure(
          HttpResponseStatus.FORBIDDEN,
          "unable to upgrade: unable to negotiate protocol: client supports "
              + asked
              + ", server accepts ["
              + offered
              + "]");
    }
    return agreed;
  }

  static SpdyFrameCodec codec() {
    return new SpdyFrameCodec(
        SpdyVersion.SPDY_3_1,
        CHUNK_BYTES,
        MAX_HEADER_BYTES,
        COMPRESSION_LEVEL,
        WINDOW_BITS,
        MEMORY_LEVEL);
  }

  /**
   * Makes a connection one; returns when the client is told.
   *
   * @param session makes what handles it, on its thread
   */
  static void open(HttpCall call, Optional<String> protocol, Function<Channel, SpdySession> session)
      throws InterruptedException {
    OnLoop.run(
        call.channel(),
        () -> {
          ChannelPipeline pipeline = call.channel().pipeline();
          call.leaveHttp();
          ChannelFuture sent = call.channel().writeAndFlush(response(protocol));
          SpdySession handler = session.apply(call.channel());
          pipeline.addLast(codec(), handler);
          pipeline.remove(HttpObjectAggregator.class);
          pipeline.remove(HttpServerCodec.class); // Passes on what it has read already.
          handler.begin();
          return sent;
        });
  }

  private static FullHttpResponse response(Optional<String> protocol) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS);
    response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
    response.headers().set(HttpHeaderNames.UPGRADE, SPDY);
    protocol.ifPresent(name -> response.headers().set(VERSION_HEADER, name));
    return response;
  }
}

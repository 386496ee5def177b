package io.vic4j.pod.kubernetes.kubelet;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.BiConsumer;

/** A request, and the ways to answer it. Answered by one thread, once. */
@SuppressWarnings("FutureReturnValueIgnored") // What fails is told by the channel, which closes.
final class HttpCall {
  /** What writes an answer of unknown length. */
  interface Body {
    void writeTo(PacedOutput out) throws IOException;
  }

  static final String TEXT = "text/plain; charset=utf-8";
  static final String JSON = "application/json";

  private final Channel channel;
  private final FullHttpRequest request;
  private final BiConsumer<Channel, Boolean> finished;
  private volatile boolean begun;

  private HttpCall(
      Channel channel, FullHttpRequest request, BiConsumer<Channel, Boolean> finished) {
    this.channel = channel;
    this.request = request;
    this.finished = finished;
  }

  /**
   * A request, without its content, which none of the API has.
   *
   * @param finished told when it is answered, and whether the connection may have more requests
   */
  static HttpCall of(
      Channel channel, FullHttpRequest request, BiConsumer<Channel, Boolean> finished) {
    FullHttpRequest copy =
        new DefaultFullHttpRequest(
            request.protocolVersion(),
            request.method(),
            request.uri(),
            Unpooled.EMPTY_BUFFER,
            request.headers(),
            request.trailingHeaders());
    return new HttpCall(channel, copy, finished);
  }

  Channel channel() {
    return channel;
  }

  FullHttpRequest request() {
    return request;
  }

  HttpHeaders headers() {
    return request.headers();
  }

  String method() {
    return request.method().name();
  }

  /** Answers with all at once. */
  void reply(HttpResponseStatus status, String type, byte[] content) {
    reply(status, type, content, HttpUtil.isKeepAlive(request));
  }

  private void reply(HttpResponseStatus status, String type, byte[] content, boolean keepsAlive) {
    begun = true;
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(content.clone()));
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, type);
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, content.length);
    response.headers().set("X-Content-Type-Options", "nosniff");
    if (status.equals(HttpResponseStatus.UNAUTHORIZED)) {
      response.headers().set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
    }
    if (!keepsAlive) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    channel
        .writeAndFlush(response)
        .addListener(sent -> finished.accept(channel, keepsAlive && sent.isSuccess()));
  }

  void reply(String type, String content) {
    reply(HttpResponseStatus.OK, type, content.getBytes(StandardCharsets.UTF_8));
  }

  /** Answers with an error; where an answer has begun, it is cut off. */
  void fail(HttpFailure failure) {
    if (begun) {
      channel.close();
      return;
    }
    reply(
        failure.status(),
        TEXT,
        failure.text().getBytes(StandardCharsets.UTF_8),
        HttpUtil.isKeepAlive(request));
  }

  /** Answers with an error, and ends the connection. */
  void refuse(HttpFailure failure) {
    reply(failure.status(), TEXT, failure.text().getBytes(StandardCharsets.UTF_8), false);
  }

  /**
   * Answers as it comes, in chunks; returns when all is on its way.
   *
   * @throws IOException if the client goes, or the body throws it: the answer is cut off then
   */
  void stream(String type, Body body) throws IOException {
    begun = true;
    HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, type);
    response.headers().set("X-Content-Type-Options", "nosniff");
    boolean chunked = request.protocolVersion().equals(HttpVersion.HTTP_1_1);
    boolean keepsAlive = chunked && HttpUtil.isKeepAlive(request);
    HttpUtil.setTransferEncodingChunked(response, chunked);
    if (!keepsAlive) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    channel.writeAndFlush(response);
    PacedOutput out = new PacedOutput(this::chunk);
    body.writeTo(out);
    out.awaitSent();
    channel
        .writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)
        .addListener(sent -> finished.accept(channel, keepsAlive && sent.isSuccess()));
  }

  private ChannelFuture chunk(byte[] bytes, int offset, int length) {
    return channel.writeAndFlush(
        new DefaultHttpContent(channel.alloc().buffer(length).writeBytes(bytes, offset, length)));
  }

  /** Ends the connection: there is nothing to be told any more, or nobody to hear it. */
  void cutOff() {
    channel.close();
  }

  /** The connection is to be of another protocol: the request is not answered here. */
  void leaveHttp() {
    begun = true;
    for (Class<? extends ChannelHandler> handler : KubeletChannel.HTTP_ONLY) {
      channel.pipeline().remove(handler);
    }
  }
}

package io.vic4j.testkit.kubernetes;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.MessageToMessageCodec;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyPingFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdyWindowUpdateFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyGoAwayFrame;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyVersion;
import io.netty.handler.codec.spdy.SpdyWindowUpdateFrame;
import io.netty.handler.ssl.SslHandler;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLEngine;

/**
 * A client of SPDY/3.1: one that keeps to windows and opens its own as it reads, or one that knows
 * none, as Go's spdystream is.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What fails shows in what does not arrive.
final class SpdyClient implements AutoCloseable {
  private static final int WINDOW_BYTES = 64 * 1024;
  private static final int PIECE_BYTES = 16 * 1024;

  /** A stream that the client has begun. */
  static final class Stream {
    final int id;
    final Semaphore window = new Semaphore(WINDOW_BYTES);
    final CompletableFuture<Boolean> replied = new CompletableFuture<>();
    final CompletableFuture<byte[]> content = new CompletableFuture<>();
    final ByteArrayOutputStream received = new ByteArrayOutputStream();
    final AtomicLong outstanding = new AtomicLong();
    volatile boolean held; // Whether its window stays as it is.

    Stream(int id) {
      this.id = id;
    }

    synchronized byte[] soFar() {
      return received.toByteArray();
    }

    synchronized void take(byte[] bytes) {
      received.writeBytes(bytes);
    }

    /** All that came, once it has ended. */
    byte[] all() throws Exception {
      return content.get(KubeletNode.LONG.toSeconds(), TimeUnit.SECONDS);
    }

    boolean accepted() throws Exception {
      return replied.get(KubeletNode.LONG.toSeconds(), TimeUnit.SECONDS);
    }
  }

  final CompletableFuture<HttpResponse> response = new CompletableFuture<>();
  final CompletableFuture<Integer> pong = new CompletableFuture<>();
  final CompletableFuture<Void> goneAway = new CompletableFuture<>();
  final AtomicLong windowViolations = new AtomicLong();
  final AtomicLong sessionOutstanding = new AtomicLong();
  private final boolean windows;
  private final EventLoopGroup loops = new NioEventLoopGroup(1);
  private final Map<Integer, Stream> streams = new ConcurrentHashMap<>();
  private final Semaphore sessionWindow = new Semaphore(WINDOW_BYTES);
  private final Channel channel;
  private int lastId = -1;

  SpdyClient(KubeletNode node, String target, boolean windows, String... protocols)
      throws Exception {
    this(node, target, windows, false, protocols);
  }

  /** One whose bytes are messages of a WebSocket connection. */
  static SpdyClient tunnelled(KubeletNode node, String target, String protocol) throws Exception {
    return new SpdyClient(node, target, true, true, protocol);
  }

  private SpdyClient(
      KubeletNode node, String target, boolean windows, boolean tunnelled, String... protocols)
      throws Exception {
    this.windows = windows;
    this.channel =
        new Bootstrap()
            .group(loops)
            .channel(NioSocketChannel.class)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel fresh) {
                    SSLEngine engine = node.master.createSSLEngine();
                    engine.setUseClientMode(true);
                    fresh
                        .pipeline()
                        .addLast(
                            new SslHandler(engine),
                            new HttpClientCodec(),
                            new HttpObjectAggregator(1 << 20));
                    if (tunnelled) {
                      fresh
                          .pipeline()
                          .addLast(
                              new WebSocketClientProtocolHandler(
                                  WebSocketClientProtocolConfig.newBuilder()
                                      .webSocketUri(node.socketUri(target))
                                      .subprotocol(protocols[0])
                                      .build()),
                              new Tunnel(),
                              new SpdyFrameCodec(SpdyVersion.SPDY_3_1),
                              new Frames());
                    } else {
                      fresh.pipeline().addLast(new Upgrade());
                    }
                  }
                })
            .connect("localhost", node.server.port())
            .sync()
            .channel();
    if (tunnelled) {
      return;
    }
    FullHttpRequest request =
        new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, target);
    request.headers().set("Host", "localhost").set("Connection", "Upgrade");
    request.headers().set("Upgrade", "SPDY/3.1").set("Content-Length", 0);
    for (String protocol : protocols) {
      request.headers().add("X-Stream-Protocol-Version", protocol);
    }
    channel.writeAndFlush(request);
  }

  /** The connection's bytes as messages, and back. */
  private final class Tunnel extends MessageToMessageCodec<BinaryWebSocketFrame, ByteBuf> {
    @Override
    protected void encode(ChannelHandlerContext context, ByteBuf bytes, List<Object> out) {
      out.add(new BinaryWebSocketFrame(bytes.retain()));
    }

    @Override
    protected void decode(
        ChannelHandlerContext context, BinaryWebSocketFrame frame, List<Object> out) {
      out.add(frame.content().retain());
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
      if (event == WebSocketClientProtocolHandler.ClientHandshakeStateEvent.HANDSHAKE_COMPLETE) {
        response.complete(
            new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS));
      }
      super.userEventTriggered(context, event);
    }
  }

  private final class Upgrade extends SimpleChannelInboundHandler<FullHttpResponse> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpResponse answer) {
      if (answer.status().code() == 101) {
        context.pipeline().addLast(new SpdyFrameCodec(SpdyVersion.SPDY_3_1), new Frames());
        context.pipeline().remove(HttpObjectAggregator.class);
        context.pipeline().remove(HttpClientCodec.class);
        context.pipeline().remove(this);
      }
      // A copy that holds no memory of the connection's.
      HttpResponse head =
          new DefaultHttpResponse(answer.protocolVersion(), answer.status(), answer.headers());
      response.complete(head);
    }
  }

  private final class Frames extends SimpleChannelInboundHandler<SpdyFrame> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, SpdyFrame frame) {
      if (frame instanceof SpdyDataFrame data) {
        data(context, data);
      } else if (frame instanceof SpdySynReplyFrame reply) {
        streams.get(reply.streamId()).replied.complete(true);
      } else if (frame instanceof SpdyRstStreamFrame reset) {
        Stream stream = streams.get(reset.streamId());
        stream.replied.complete(false);
        stream.content.completeExceptionally(new IllegalStateException("reset"));
      } else if (frame instanceof SpdyWindowUpdateFrame update) {
        Semaphore window =
            update.streamId() == 0 ? sessionWindow : streams.get(update.streamId()).window;
        window.release(update.deltaWindowSize());
      } else if (frame instanceof SpdyPingFrame ping && ping.id() % 2 == 1) {
        pong.complete(ping.id());
      } else if (frame instanceof SpdyGoAwayFrame) {
        goneAway.complete(null);
      }
    }

    private void data(ChannelHandlerContext context, SpdyDataFrame data) {
      Stream stream = streams.get(data.streamId());
      byte[] content = ByteBufUtil.getBytes(data.content());
      stream.take(content);
      if (windows) {
        if (stream.outstanding.addAndGet(content.length) > WINDOW_BYTES
            || sessionOutstanding.addAndGet(content.length) > WINDOW_BYTES) {
          windowViolations.incrementAndGet();
        }
        if (!stream.held) {
          // As one that reads at its leisure: what it has read, it tells after a while.
          context
              .executor()
              .schedule(() -> open(context, stream, content.length), 1, TimeUnit.MILLISECONDS);
        }
      }
      if (data.isLast()) {
        stream.content.complete(stream.soFar());
      }
    }

    private void open(ChannelHandlerContext context, Stream stream, int count) {
      if (count > 0) {
        stream.outstanding.addAndGet(-count);
        sessionOutstanding.addAndGet(-count);
        context.write(new DefaultSpdyWindowUpdateFrame(stream.id, count));
        context.writeAndFlush(new DefaultSpdyWindowUpdateFrame(0, count));
      }
    }
  }

  int status() throws Exception {
    return response.get(KubeletNode.LONG.toSeconds(), TimeUnit.SECONDS).status().code();
  }

  String protocol() throws Exception {
    status();
    return response.get().headers().get("X-Stream-Protocol-Version");
  }

  /** Begins a stream with these headers: names and values. */
  Stream begin(String... headers) throws Exception {
    status();
    lastId += 2;
    Stream stream = new Stream(lastId);
    streams.put(lastId, stream);
    SpdySynStreamFrame frame = new DefaultSpdySynStreamFrame(lastId, 0, (byte) 0);
    for (int i = 0; i < headers.length; i += 2) {
      frame.headers().add(headers[i].toLowerCase(Locale.ROOT), headers[i + 1]);
    }
    channel.writeAndFlush(frame);
    return stream;
  }

  Stream begin(String type) throws Exception {
    return begin("streamType", type);
  }

  void send(Stream stream, byte[] content) throws Exception {
    for (int done = 0; done < content.length; done += PIECE_BYTES) {
      int count = Math.min(PIECE_BYTES, content.length - done);
      if (windows) {
        stream.window.acquire(count);
        sessionWindow.acquire(count);
      }
      ByteBuf piece = Unpooled.copiedBuffer(content, done, count);
      channel.writeAndFlush(new DefaultSpdyDataFrame(stream.id, piece)).sync();
    }
  }

  void end(Stream stream) {
    DefaultSpdyDataFrame last = new DefaultSpdyDataFrame(stream.id);
    last.setLast(true);
    channel.writeAndFlush(last);
  }

  /** Gives a stream this much of the window. */
  void open(Stream stream, int count) {
    channel.writeAndFlush(new DefaultSpdyWindowUpdateFrame(stream.id, count));
    channel.writeAndFlush(new DefaultSpdyWindowUpdateFrame(0, count));
  }

  int ping() throws Exception {
    channel.writeAndFlush(new DefaultSpdyPingFrame(7));
    return pong.get(KubeletNode.LONG.toSeconds(), TimeUnit.SECONDS);
  }

  boolean isOpen() {
    return channel.isActive();
  }

  @Override
  public void close() {
    channel.close();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}

package io.vic4j.pod.kubernetes.kubelet;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.timeout.IdleStateHandler;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What the connections of a server go through, and how many there may be. */
@SuppressWarnings("FutureReturnValueIgnored") // What fails is told by the channel, which closes.
final class KubeletChannel extends ChannelInitializer<SocketChannel> {
  /** What a connection leaves behind that becomes one of another protocol. */
  static final List<Class<? extends ChannelHandler>> HTTP_ONLY =
      List.of(IdleStateHandler.class, HttpFront.class);

  private static final int MAX_LINE_BYTES = 64 * 1024; // The words of a command are in the target.
  private static final int MAX_HEADER_BYTES = 32 * 1024;
  private static final int MAX_CHUNK_BYTES = 8 * 1024;
  private static final int MAX_CONTENT_BYTES = 64 * 1024;
  private static final int IDLE_SECONDS = 120;

  private final Supplier<SslContext> tls;
  private final Workers workers;
  private final Consumer<HttpCall> service;
  private final Consumer<Channel> opened;
  private final int maxConnections;
  private final AtomicInteger connections = new AtomicInteger();

  KubeletChannel(
      Supplier<SslContext> tls,
      Workers workers,
      Consumer<HttpCall> service,
      Consumer<Channel> opened,
      int maxConnections) {
    this.tls = tls;
    this.workers = workers;
    this.service = service;
    this.opened = opened;
    this.maxConnections = maxConnections;
  }

  @Override
  protected void initChannel(SocketChannel channel) {
    connections.incrementAndGet();
    channel.closeFuture().addListener(closed -> connections.decrementAndGet());
    if (connections.get() > maxConnections) {
      channel.close();
      return;
    }
    opened.accept(channel);
    channel
        .pipeline()
        .addLast(
            tls.get().newHandler(channel.alloc()),
            new IdleStateHandler(0, 0, IDLE_SECONDS, TimeUnit.SECONDS),
            new HttpServerCodec(MAX_LINE_BYTES, MAX_HEADER_BYTES, MAX_CHUNK_BYTES),
            new HttpObjectAggregator(MAX_CONTENT_BYTES, true),
            new HttpFront(workers, service));
  }
}

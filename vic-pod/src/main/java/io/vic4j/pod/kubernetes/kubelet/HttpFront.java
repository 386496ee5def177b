package io.vic4j.pod.kubernetes.kubelet;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.timeout.IdleStateEvent;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the requests of one connection one after the other, and has each answered by a worker,
 * which is interrupted when the client goes.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What fails is told by the channel, which closes.
final class HttpFront extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger log = LoggerFactory.getLogger(HttpFront.class);
  private static final int MAX_WAITING = 16;

  private final Workers workers;
  private final Consumer<HttpCall> service;
  private final Deque<HttpCall> waiting = new ArrayDeque<>();
  private boolean busy;
  private volatile @Nullable Future<?> current;

  /**
   * Requests to be answered.
   *
   * @param service answers a request, on a worker
   */
  HttpFront(Workers workers, Consumer<HttpCall> service) {
    this.workers = workers;
    this.service = service;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    // Also after the connection has become one of another protocol.
    context.channel().closeFuture().addListener(closed -> cancel());
  }

  private void cancel() {
    Future<?> work = current;
    if (work != null) {
      work.cancel(true);
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    HttpCall call = HttpCall.of(context.channel(), request, this::finished);
    if (!request.decoderResult().isSuccess()) {
      busy = true; // What follows cannot be told from it.
      call.refuse(HttpFailure.badRequest("the request is none of HTTP, or too long"));
      return;
    }
    if (waiting.size() >= MAX_WAITING) {
      context.close();
      return;
    }
    waiting.add(call);
    next(context.channel());
  }

  private void next(Channel channel) {
    HttpCall call = busy ? null : waiting.poll();
    if (call == null) {
      return;
    }
    busy = true;
    try {
      current = workers.submit(() -> service.accept(call));
      if (!channel.isActive()) {
        cancel();
      }
    } catch (RejectedExecutionException e) {
      call.fail(HttpFailure.tooMany());
    }
  }

  /** A request has been answered; by any thread. */
  private void finished(Channel channel, boolean keepsAlive) {
    channel
        .eventLoop()
        .execute(
            () -> {
              busy = false;
              current = null;
              if (keepsAlive) {
                next(channel);
              } else {
                channel.close();
              }
            });
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof IdleStateEvent && !busy) {
      context.close();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    log.debug("connection of {} is closed", context.channel().remoteAddress(), cause);
    context.close();
  }
}

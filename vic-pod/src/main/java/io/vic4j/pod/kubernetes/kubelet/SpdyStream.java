package io.vic4j.pod.kubernetes.kubelet;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * One stream of a SPDY connection. What has no other word belongs to the connection's thread; the
 * methods of {@link ClientStream} may be called by any.
 */
final class SpdyStream implements ClientStream {
  /** Bytes that wait for the client's window, and who is told when they are on their way. */
  record Piece(ByteBuf content, ChannelPromise sent) {}

  private final SpdySession session;
  private final int id;
  private final InboundBytes inbound;
  private final ChannelPromise gone;
  final Deque<Piece> pending = new ArrayDeque<>();
  long sendWindow;
  int unreported;
  boolean ending;
  boolean ended;
  boolean remoteEnded;

  SpdyStream(SpdySession session, int id, long sendWindow, ChannelPromise gone) {
    this.session = session;
    this.id = id;
    this.sendWindow = sendWindow;
    this.gone = gone;
    this.inbound = new InboundBytes(count -> session.taken(this, count));
  }

  int id() {
    return id;
  }

  @Override
  public ChannelFuture send(byte[] bytes, int offset, int length) {
    return session.send(this, bytes, offset, length);
  }

  @Override
  public void end() {
    session.end(this);
  }

  @Override
  public ChannelFuture gone() {
    return gone;
  }

  @Override
  public InboundBytes inbound() {
    return inbound;
  }

  /** The client has cut it off, or the connection has ended. */
  void lose(Throwable why) {
    for (Piece piece = pending.poll(); piece != null; piece = pending.poll()) {
      piece.content().release();
      piece.sent().tryFailure(why);
    }
    ended = true;
    inbound.end();
    gone.trySuccess();
  }

  @Nullable Piece next() {
    return pending.peek();
  }
}

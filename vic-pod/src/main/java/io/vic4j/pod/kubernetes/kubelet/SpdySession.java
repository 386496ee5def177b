package io.vic4j.pod.kubernetes.kubelet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyGoAwayFrame;
import io.netty.handler.codec.spdy.DefaultSpdyPingFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynReplyFrame;
import io.netty.handler.codec.spdy.DefaultSpdyWindowUpdateFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrame;
import io.netty.handler.codec.spdy.SpdyHeaders;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdySessionStatus;
import io.netty.handler.codec.spdy.SpdySettingsFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyWindowUpdateFrame;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's side of a SPDY connection: streams that the client begins, frames and windows. All
 * happens on the connection's thread, which {@link #send}, {@link #end} and {@link #taken} hand
 * their work to.
 *
 * <p>Source: "SPDY Protocol - Draft 3.1"; sections 2.6.8 and 2.8 for windows.
 *
 * <p><b>Windows.</b> The clients of Kubernetes, which use Go's spdystream, know none: they neither
 * keep within ours nor open theirs. They rely on TCP to slow down who is too fast. So windows bind
 * us once a client has shown that it has some; one that has shown nothing when its window is full
 * is given a moment to, and taken for one without if it does not. What comes is held within bounds
 * by our windows, and by a {@link ReadGate} where these are not heeded.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What fails is told by the channel, which closes.
final class SpdySession extends SimpleChannelInboundHandler<SpdyFrame> {
  /** Takes the streams that a client begins; on the connection's thread. */
  interface Acceptor {
    /**
     * A client begins a stream.
     *
     * @return whether it is wanted; if not, the client is told
     */
    boolean accept(SpdyStream stream, SpdyHeaders headers);
  }

  private enum Windows {
    UNKNOWN,
    HEEDED,
    NONE
  }

  private static final Logger log = LoggerFactory.getLogger(SpdySession.class);
  private static final int INITIAL_WINDOW_BYTES = 64 * 1024;
  private static final int SESSION_WINDOW_BYTES = 1 << 20;
  private static final int REPORTED_BYTES = INITIAL_WINDOW_BYTES / 4;
  private static final int FRAME_BYTES = 16 * 1024;
  private static final int MAX_STREAMS = 512;
  private static final long WINDOW_GRACE_MILLIS = 200;
  private static final int LINGER_SECONDS = 5;

  private final Channel channel;
  private final Acceptor acceptor;
  private final ReadGate gate;
  private final Liveness liveness;
  private final Map<Integer, SpdyStream> streams = new HashMap<>();
  private Windows windows = Windows.UNKNOWN;
  private boolean windowAwaited;
  private long sendWindow = INITIAL_WINDOW_BYTES;
  private long initialSendWindow = INITIAL_WINDOW_BYTES;
  private int unreported;
  private int lastStream;
  private int pings;
  private boolean goingAway;
  private @Nullable ChannelHandlerContext context;

  /**
   * A connection that becomes one.
   *
   * @param idle how long nothing may come or go
   */
  SpdySession(Channel channel, Acceptor acceptor, Duration idle) {
    this.channel = channel;
    this.acceptor = acceptor;
    this.gate = new ReadGate(channel, SESSION_WINDOW_BYTES + 1L, SESSION_WINDOW_BYTES / 4);
    this.liveness = Liveness.watch(channel, idle, this::ping);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  /** To be called once the client can take frames. */
  void begin() {
    // Streams share it: one that nobody reads from must not hold up the others.
    write(new DefaultSpdyWindowUpdateFrame(0, SESSION_WINDOW_BYTES - INITIAL_WINDOW_BYTES));
  }

  private ChannelFuture write(SpdyFrame frame) {
    ChannelHandlerContext current = context;
    return current == null
        ? channel.newFailedFuture(new IOException("the connection is none of SPDY yet"))
        : current.writeAndFlush(frame);
  }

  private void ping() {
    pings += 2; // A server's have even numbers.
    write(new DefaultSpdyPingFrame(pings));
  }

  private void onLoop(Runnable work) {
    try {
      channel.eventLoop().execute(work);
    } catch (RejectedExecutionException e) {
      log.debug("the server is closed", e);
    }
  }

  // What the server sends.

  ChannelFuture send(SpdyStream stream, byte[] bytes, int offset, int length) {
    ChannelPromise sent = channel.newPromise();
    byte[] copy = Arrays.copyOfRange(bytes, offset, offset + length);
    try {
      channel.eventLoop().execute(() -> enqueue(stream, Unpooled.wrappedBuffer(copy), sent));
    } catch (RejectedExecutionException e) {
      sent.tryFailure(e);
    }
    return sent;
  }

  private void enqueue(SpdyStream stream, ByteBuf content, ChannelPromise sent) {
    liveness.touch();
    if (stream.ended || stream.ending || !channel.isActive()) {
      content.release();
      sent.tryFailure(new IOException("the stream has ended"));
      return;
    }
    stream.pending.add(new SpdyStream.Piece(content, sent));
    flush(stream);
  }

  void end(SpdyStream stream) {
    onLoop(
        () -> {
          stream.ending = true;
          flush(stream);
        });
  }

  /** Sends of a stream what the windows allow. */
  private void flush(SpdyStream stream) {
    ChannelHandlerContext current = context;
    if (current == null || stream.ended) {
      return;
    }
    for (SpdyStream.Piece piece = stream.next(); piece != null; piece = stream.next()) {
      int count = (int) Math.min(piece.content().readableBytes(), allowed(stream));
      if (count <= 0 && piece.content().isReadable()) {
        awaitWindow();
        break;
      }
      stream.sendWindow -= count;
      sendWindow -= count;
      SpdyFrame frame =
          new DefaultSpdyDataFrame(stream.id(), piece.content().readRetainedSlice(count));
      if (piece.content().isReadable()) {
        current.write(frame);
      } else {
        piece.content().release();
        stream.pending.remove();
        current.write(frame, piece.sent());
      }
    }
    if (stream.ending && stream.pending.isEmpty()) {
      stream.ended = true;
      DefaultSpdyDataFrame last = new DefaultSpdyDataFrame(stream.id());
      last.setLast(true);
      current.write(last);
      forget(stream);
    }
    current.flush();
  }

  private long allowed(SpdyStream stream) {
    return windows == Windows.NONE
        ? FRAME_BYTES
        : Math.min(FRAME_BYTES, Math.min(stream.sendWindow, sendWindow));
  }

  private void awaitWindow() {
    if (windows == Windows.UNKNOWN && !windowAwaited) {
      windowAwaited = true;
      channel
          .eventLoop()
          .schedule(
              () -> {
                if (windows == Windows.UNKNOWN) {
                  windows = Windows.NONE;
                  flushAll();
                }
              },
              WINDOW_GRACE_MILLIS,
              TimeUnit.MILLISECONDS);
    }
  }

  private void flushAll() {
    List.copyOf(streams.values()).forEach(this::flush);
  }

  private void forget(SpdyStream stream) {
    if (stream.ended && stream.remoteEnded) {
      streams.remove(stream.id());
    }
  }

  private void reset(int id, SpdyStreamStatus status) {
    write(new DefaultSpdyRstStreamFrame(id, status));
  }

  /** Ends the connection once all is sent; gives the client a while to take it. By any thread. */
  void hangUp() {
    onLoop(
        () -> {
          goingAway = true;
          gate.openForGood();
          write(new DefaultSpdyGoAwayFrame(lastStream, SpdySessionStatus.OK));
          channel.eventLoop().schedule(() -> channel.close(), LINGER_SECONDS, TimeUnit.SECONDS);
        });
  }

  // What the client sends.

  /** Bytes of a stream are held no more; by any thread. */
  void taken(SpdyStream stream, int count) {
    gate.release(count);
    if (count > 0) {
      onLoop(() -> report(stream, count));
    }
  }

  private void report(SpdyStream stream, int count) {
    stream.unreported += count;
    unreported += count;
    if (stream.unreported >= REPORTED_BYTES && !stream.remoteEnded) {
      write(new DefaultSpdyWindowUpdateFrame(stream.id(), stream.unreported));
      stream.unreported = 0;
    }
    if (unreported >= REPORTED_BYTES) {
      write(new DefaultSpdyWindowUpdateFrame(0, unreported));
      unreported = 0;
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext unused, SpdyFrame frame) {
    if (frame instanceof SpdyDataFrame data) {
      liveness.touch();
      data(data);
    } else if (frame instanceof SpdySynStreamFrame begin) {
      liveness.touch();
      begin(begin);
    } else if (frame instanceof SpdyRstStreamFrame end) {
      SpdyStream stream = streams.remove(end.streamId());
      if (stream != null) {
        stream.remoteEnded = true;
        stream.lose(new IOException("the client has reset the stream"));
      }
    } else if (frame instanceof SpdyWindowUpdateFrame update) {
      open(update);
    } else if (frame instanceof SpdySettingsFrame settings) {
      settings(settings);
    } else if (frame instanceof SpdyPingFrame ping && (ping.id() & 1) == 1) {
      write(new DefaultSpdyPingFrame(ping.id()));
    }
    // A client that goes away closes the connection when it is done.
  }

  private void data(SpdyDataFrame frame) {
    SpdyStream stream = streams.get(frame.streamId());
    byte[] content = ByteBufUtil.getBytes(frame.content());
    if (stream == null || stream.remoteEnded) {
      unreported += content.length;
      if (stream == null && frame.streamId() > lastStream) {
        reset(frame.streamId(), SpdyStreamStatus.INVALID_STREAM);
      }
      return;
    }
    gate.hold(content.length);
    stream.inbound().offer(content);
    if (frame.isLast()) {
      endOfInput(stream);
    }
  }

  private void endOfInput(SpdyStream stream) {
    stream.remoteEnded = true;
    stream.inbound().end();
    forget(stream);
  }

  private void begin(SpdySynStreamFrame frame) {
    int id = frame.streamId();
    if (frame.isInvalid() || frame.isTruncated() || id <= lastStream || (id & 1) == 0) {
      reset(id, SpdyStreamStatus.PROTOCOL_ERROR);
      return;
    }
    lastStream = id;
    if (goingAway || streams.size() >= MAX_STREAMS) {
      reset(id, SpdyStreamStatus.REFUSED_STREAM);
      return;
    }
    SpdyStream stream = new SpdyStream(this, id, initialSendWindow, channel.newPromise());
    streams.put(id, stream);
    // First: a client takes nothing of a stream that was not replied to.
    write(reply(id));
    if (!acceptor.accept(stream, frame.headers())) {
      streams.remove(id);
      stream.lose(new IOException("the stream was refused"));
      reset(id, SpdyStreamStatus.REFUSED_STREAM);
    } else if (frame.isLast()) {
      endOfInput(stream);
    }
  }

  /**
   * With a header, whatever it says: one without any has no block of headers here, and client-go
   * understands nothing that comes after such a frame. SPDY/3.1, section 3.2.1, has this one.
   */
  private static SpdyFrame reply(int id) {
    DefaultSpdySynReplyFrame reply = new DefaultSpdySynReplyFrame(id);
    reply.headers().set(SpdyHeaders.HttpNames.STATUS, "200");
    return reply;
  }

  private void open(SpdyWindowUpdateFrame update) {
    windows = Windows.HEEDED;
    if (update.streamId() == 0) {
      sendWindow += update.deltaWindowSize();
      flushAll();
    } else {
      SpdyStream stream = streams.get(update.streamId());
      if (stream != null) {
        stream.sendWindow += update.deltaWindowSize();
        flush(stream);
      }
    }
  }

  private void settings(SpdySettingsFrame settings) {
    int initial = settings.getValue(SpdySettingsFrame.SETTINGS_INITIAL_WINDOW_SIZE);
    if (initial >= 0) {
      windows = Windows.HEEDED;
      long more = initial - initialSendWindow;
      initialSendWindow = initial;
      streams.values().forEach(stream -> stream.sendWindow += more);
      flushAll();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext lost) {
    List<SpdyStream> all = List.copyOf(streams.values());
    streams.clear();
    all.forEach(stream -> stream.lose(new IOException("the client is gone")));
    lost.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext failed, Throwable cause) {
    log.debug("SPDY connection of {} is closed", channel.remoteAddress(), cause);
    failed.close();
  }
}

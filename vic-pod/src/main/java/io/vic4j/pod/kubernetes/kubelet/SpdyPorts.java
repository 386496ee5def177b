package io.vic4j.pod.kubernetes.kubelet;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.spdy.SpdyHeaders;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes connections of the pairs of streams that a client begins over SPDY. On the connection's
 * thread.
 *
 * <p>Source: Kubernetes, {@code k8s.io/api/core/v1} ({@code streamType}, {@code port}, {@code
 * requestID}) and the kubelet's {@code portforward} server.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What fails is told by the channel, which closes.
final class SpdyPorts implements SpdySession.Acceptor {
  /** Makes a connection. */
  interface Starter {
    void start(int port, ClientStream data, ClientStream error);
  }

  /** The protocol over SPDY. */
  static final String PROTOCOL = "portforward.k8s.io";

  private static final int PAIR_SECONDS = 30;
  private static final int MAX_PORT = 65_535;

  private record Half(SpdyStream stream, boolean data) {}

  private final EventLoop loop;
  private final Starter starter;
  private final Map<String, Half> halves = new HashMap<>();

  SpdyPorts(EventLoop loop, Starter starter) {
    this.loop = loop;
    this.starter = starter;
  }

  @Override
  public boolean accept(SpdyStream stream, SpdyHeaders headers) {
    boolean data = "data".equals(headers.getAsString("streamtype"));
    int port = port(headers.getAsString("port"));
    if (port == 0 || (!data && !"error".equals(headers.getAsString("streamtype")))) {
      return false;
    }
    String pair = pair(stream, headers.getAsString("requestid"), data);
    Half other = halves.remove(pair);
    if (other == null) {
      Half half = new Half(stream, data);
      halves.put(pair, half);
      loop.schedule(() -> giveUp(pair, half), PAIR_SECONDS, TimeUnit.SECONDS);
      return true;
    }
    if (other.data() == data) {
      halves.put(pair, other);
      return false;
    }
    starter.start(port, data ? stream : other.stream(), data ? other.stream() : stream);
    return true;
  }

  /** Old clients give pairs no name, but begin the error stream of each right before the other. */
  private static String pair(SpdyStream stream, @Nullable String name, boolean data) {
    return name != null ? "by name " + name : "by number " + (data ? stream.id() - 2 : stream.id());
  }

  private static int port(@Nullable String text) {
    try {
      int port = text == null ? 0 : Integer.parseInt(text);
      return port > 0 && port <= MAX_PORT ? port : 0;
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private void giveUp(String pair, Half half) {
    if (halves.remove(pair, half)) {
      half.stream().end();
    }
  }
}

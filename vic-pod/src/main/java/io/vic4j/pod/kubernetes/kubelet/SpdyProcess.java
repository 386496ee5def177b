package io.vic4j.pod.kubernetes.kubelet;

import io.netty.handler.codec.spdy.SpdyHeaders;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Gathers the streams of a process that a client begins one by one over SPDY.
 *
 * <p>Source: Kubernetes, {@code k8s.io/api/core/v1} ({@code streamType} and its values) and the
 * kubelet's {@code remotecommand} server.
 */
final class SpdyProcess implements SpdySession.Acceptor {
  /** The protocols over SPDY, the latest first. */
  static final String PROTOCOLS =
      "v4.channel.k8s.io,v3.channel.k8s.io,v2.channel.k8s.io,channel.k8s.io";

  private static final int STREAMS_SECONDS = 30;

  private enum Type {
    ERROR,
    STDIN,
    STDOUT,
    STDERR,
    RESIZE
  }

  private final Set<Type> expected = EnumSet.of(Type.ERROR);
  private final Map<Type, SpdyStream> streams = new EnumMap<>(Type.class);
  private final CompletableFuture<Void> complete = new CompletableFuture<>();
  private final StatusFormat status;

  SpdyProcess(ExecRequest request, Optional<String> protocol) {
    String name = protocol.orElse("channel.k8s.io");
    this.status = name.startsWith("v4.") ? StatusFormat.JSON : StatusFormat.TEXT;
    expect(request.stdin(), Type.STDIN);
    expect(request.stdout(), Type.STDOUT);
    expect(request.stderr(), Type.STDERR);
    expect(request.tty() && (name.startsWith("v4.") || name.startsWith("v3.")), Type.RESIZE);
  }

  private void expect(boolean wanted, Type type) {
    if (wanted) {
      expected.add(type);
    }
  }

  @Override
  public boolean accept(SpdyStream stream, SpdyHeaders headers) {
    String name = headers.getAsString("streamtype");
    for (Type type : expected) {
      if (type.name().equalsIgnoreCase(name) && !streams.containsKey(type)) {
        streams.put(type, stream);
        if (streams.size() == expected.size()) {
          complete.complete(null);
        }
        return true;
      }
    }
    return false;
  }

  /**
   * Waits until the client has begun all streams.
   *
   * @param session ends with the process
   * @return empty if the client does not
   */
  Optional<ProcessStreams> await(SpdySession session) throws InterruptedException {
    try {
      complete.get(STREAMS_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      return Optional.empty();
    } catch (ExecutionException e) {
      throw new IllegalStateException("it only completes", e);
    }
    return Optional.of(
        new ProcessStreams(
            streams.get(Type.STDIN),
            streams.get(Type.STDOUT),
            streams.get(Type.STDERR),
            Objects.requireNonNull(streams.get(Type.ERROR)),
            streams.get(Type.RESIZE),
            status,
            session::hangUp));
  }
}

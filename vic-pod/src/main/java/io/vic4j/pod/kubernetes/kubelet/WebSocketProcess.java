package io.vic4j.pod.kubernetes.kubelet;

/**
 * The streams of a process as channels of a WebSocket connection.
 *
 * <p>Source: Kubernetes, {@code k8s.io/apimachinery/pkg/util/remotecommand}: the numbers of the
 * channels.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What fails is told by the channel, which closes.
final class WebSocketProcess {
  private static final int STDIN = 0;
  private static final int STDOUT = 1;
  private static final int STDERR = 2;
  private static final int ERROR = 3;
  private static final int RESIZE = 4;

  private WebSocketProcess() {}

  static ProcessStreams of(
      WebSocketChannels channels, ExecRequest request, ChannelProtocol protocol) {
    return new ProcessStreams(
        request.stdin() ? channels.stream(STDIN, true) : null,
        request.stdout() ? channels.stream(STDOUT, false) : null,
        request.stderr() ? channels.stream(STDERR, false) : null,
        channels.stream(ERROR, false),
        request.tty() ? channels.stream(RESIZE, true) : null,
        protocol.status(),
        channels::hangUp);
  }

  /** Tells the client by an empty message that its connection stands, as kubelets do. */
  static void greet(ProcessStreams streams) {
    ClientStream lowest = streams.stdout() != null ? streams.stdout() : streams.stderr();
    (lowest != null ? lowest : streams.error()).send(new byte[0], 0, 0);
  }
}

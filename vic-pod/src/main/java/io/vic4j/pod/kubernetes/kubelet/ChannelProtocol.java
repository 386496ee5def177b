package io.vic4j.pod.kubernetes.kubelet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The protocols over WebSocket in which the first byte of a message says which channel it is of.
 *
 * <p>Source: Kubernetes, {@code k8s.io/apimachinery/pkg/util/remotecommand} and {@code
 * k8s.io/apiserver/pkg/util/wsstream}.
 *
 * @param name what a client asks for
 * @param base64 whether messages are text: a digit for the channel, and base64
 * @param status how the end of a process is told
 * @param closes whether a client can end a channel
 */
record ChannelProtocol(String name, boolean base64, StatusFormat status, boolean closes) {
  /** That of clients that name none. */
  static final ChannelProtocol DEFAULT =
      new ChannelProtocol("channel.k8s.io", false, StatusFormat.TEXT, false);

  private static final List<ChannelProtocol> ALL =
      List.of(
          new ChannelProtocol("v5.channel.k8s.io", false, StatusFormat.JSON, true),
          new ChannelProtocol("v4.channel.k8s.io", false, StatusFormat.JSON, false),
          new ChannelProtocol("v4.base64.channel.k8s.io", true, StatusFormat.JSON, false),
          new ChannelProtocol("base64.channel.k8s.io", true, StatusFormat.TEXT, false),
          DEFAULT);

  /** Those for processes, as a list for a header. */
  static String forProcesses() {
    return ALL.stream().map(ChannelProtocol::name).collect(Collectors.joining(","));
  }

  /** Those for ports, as a list for a header. */
  static String forPorts() {
    return "v4.channel.k8s.io,v4.base64.channel.k8s.io";
  }

  static ChannelProtocol named(String name) {
    return ALL.stream().filter(it -> it.name.equals(name)).findFirst().orElse(DEFAULT);
  }

  /** What a client asks for, in its order, that is among what is offered; else empty. */
  static Optional<String> agree(List<String> headers, String offered) {
    List<String> asked = new ArrayList<>();
    headers.forEach(header -> asked.addAll(Arrays.asList(header.split(","))));
    List<String> ours = List.of(offered.split(","));
    return asked.stream().map(String::strip).filter(ours::contains).findFirst();
  }
}

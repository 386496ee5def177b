package io.vic4j.pod.kubernetes.kubelet;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.vic4j.pod.PodLifecycle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** Answers requests for the ports of pods, over WebSocket and SPDY. */
@SuppressWarnings("FutureReturnValueIgnored") // What fails is told by the channel, which closes.
final class PortForwards {
  private static final String TUNNELLED = "SPDY/3.1+portforward.k8s.io";
  private static final int MAX_PORT = 65_535;
  private static final int MAX_PORTS = 64;
  private static final int MAX_PORTS_BASE64 = 5; // A channel is one digit.

  private final PodLifecycle pods;
  private final Workers workers;
  private final Duration idle;

  PortForwards(PodLifecycle pods, Workers workers, Duration idle) {
    this.pods = pods;
    this.workers = workers;
    this.idle = idle;
  }

  /** Answers one, and returns when the connection is one of the protocol asked for. */
  void serve(HttpCall call, Query query, PodTarget target) throws InterruptedException {
    if (WebSockets.asksFor(call)) {
      Optional<String> protocol =
          WebSockets.protocol(call, ChannelProtocol.forPorts() + "," + TUNNELLED);
      if (protocol.filter(TUNNELLED::equals).isPresent()) {
        WebSockets.open(
            call,
            protocol,
            false,
            channel -> {
              SpdySession session = session(channel, target);
              return List.of(new WebSocketBytes(), SpdyUpgrade.codec(), session);
            });
      } else {
        channels(call, query, protocol, target);
      }
    } else if (SpdyUpgrade.asksFor(call)) {
      Optional<String> protocol = SpdyUpgrade.protocol(call, SpdyPorts.PROTOCOL);
      SpdyUpgrade.open(call, protocol, channel -> session(channel, target));
    } else {
      throw HttpFailure.badRequest("upgrade request required");
    }
  }

  private SpdySession session(Channel channel, PodTarget target) {
    return new SpdySession(
        channel,
        new SpdyPorts(
            channel.eventLoop(),
            (port, data, error) -> pipe(target, port, data, error, () -> {}).start()),
        idle);
  }

  private PortPipe pipe(
      PodTarget target, int port, ClientStream data, ClientStream error, Runnable over) {
    return new PortPipe(pods, target, port, data, error, workers, over);
  }

  /** Each port has two channels; the first message on each says which port it is of. */
  private void channels(HttpCall call, Query query, Optional<String> name, PodTarget target)
      throws InterruptedException {
    ChannelProtocol protocol = name.map(ChannelProtocol::named).orElse(ChannelProtocol.DEFAULT);
    List<Integer> ports = ports(query, protocol);
    List<PortPipe> pipes = new ArrayList<>();
    AtomicInteger left = new AtomicInteger(ports.size());
    List<ClientStream> streams = new ArrayList<>();
    WebSockets.open(
        call,
        name,
        protocol.base64(),
        channel -> {
          WebSocketChannels channels = new WebSocketChannels(channel, protocol, idle);
          for (int i = 0; i < ports.size(); i++) {
            ClientStream data = channels.stream(2 * i, true);
            ClientStream error = channels.stream(2 * i + 1, false);
            streams.add(data);
            streams.add(error);
            pipes.add(
                pipe(
                    target,
                    ports.get(i),
                    data,
                    error,
                    () -> {
                      if (left.decrementAndGet() == 0) {
                        channels.hangUp();
                      }
                    }));
          }
          return List.of(channels);
        });
    for (int i = 0; i < streams.size(); i++) {
      streams.get(i).send(littleEndian(ports.get(i / 2)), 0, Short.BYTES);
    }
    pipes.forEach(PortPipe::start);
  }

  private static byte[] littleEndian(int port) {
    return new byte[] {(byte) port, (byte) (port >> Byte.SIZE)};
  }

  private static List<Integer> ports(Query query, ChannelProtocol protocol) {
    List<String> words = new ArrayList<>();
    for (String name : List.of("port", "ports")) {
      query.all(name).forEach(value -> words.addAll(Arrays.asList(value.split(","))));
    }
    int most = protocol.base64() ? MAX_PORTS_BASE64 : MAX_PORTS;
    if (words.isEmpty() || words.size() > most) {
      throw HttpFailure.badRequest("parameter port is there 1 to " + most + " times");
    }
    List<Integer> ports = new ArrayList<>();
    for (String word : words) {
      try {
        ports.add(Integer.parseInt(word.strip()));
      } catch (NumberFormatException e) {
        ports.add(0);
      }
    }
    if (ports.stream().anyMatch(port -> port < 1 || port > MAX_PORT)) {
      throw new HttpFailure(HttpResponseStatus.BAD_REQUEST, "a port is 1 to 65535, not " + words);
    }
    return ports;
  }
}

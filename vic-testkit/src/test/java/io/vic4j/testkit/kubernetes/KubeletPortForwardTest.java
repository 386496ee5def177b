package io.vic4j.testkit.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.vic4j.testkit.Script;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Ports over WebSocket. */
final class KubeletPortForwardTest {
  private static final String V4 = "v4.channel.k8s.io";
  private static final byte[] PORT = {(byte) 0x90, 0x1f}; // 8080, little-endian.

  private KubeletNode node;
  private EchoPort echo;

  @BeforeEach
  void start() throws Exception {
    node = KubeletNode.start();
    node.pod("web", Script.runsForever());
    echo = new EchoPort();
    echo.serve(node);
  }

  @AfterEach
  void stop() throws Exception {
    echo.close();
    node.close();
  }

  private ChannelClient forward(String query) throws Exception {
    return ChannelClient.open(node.master, node.socketUri("/portForward/default/web?" + query), V4);
  }

  @Test
  void ports_haveAPairOfChannelsEach_thatBeginWithTheirNumber() throws Exception {
    try (ChannelClient client = forward("port=8080&port=8080")) {
      client.send(0, "zero");
      client.send(2, "two");
      await().atMost(KubeletNode.LONG).until(() -> client.received(0).length == 6);
      await().atMost(KubeletNode.LONG).until(() -> client.received(2).length == 5);
      assertThat(Arrays.copyOf(client.received(0), 2)).isEqualTo(PORT);
      assertThat(client.received(1)).isEqualTo(PORT);
      assertThat(client.received(3)).isEqualTo(PORT);
      assertThat(client.text(0)).endsWith("zero");
      assertThat(client.text(2)).endsWith("two");
    }
    await().atMost(KubeletNode.LONG).until(() -> echo.open.get() == 0);
  }

  @Test
  void portWhereNobodyListens_isToldOnItsErrorChannel() throws Exception {
    try (ChannelClient client = forward("port=9")) {
      assertThat(client.awaitClose()).isEqualTo(1000);
      assertThat(new String(client.received(1), UTF_8))
          .contains("error forwarding port 9 to pod web", "nothing listens at port 9");
    }
  }

  @Test
  void port_bringsBackManyBytes() throws Exception {
    byte[] much = KubeletWebSocketTest.bytes(64 << 20);
    try (ChannelClient client = forward("port=8080")) {
      client.send(0, much);
      await().atMost(KubeletNode.LONG).until(() -> client.received(0).length == much.length + 2);
      byte[] came = client.received(0);
      assertThat(Arrays.equals(came, 2, came.length, much, 0, much.length)).isTrue();
    }
  }

  @Test
  void portsThatCannotBe_areRefused() throws Exception {
    for (String query : new String[] {"", "port=0", "port=x", "port=70000"}) {
      assertThat(catchThrowable(() -> forward(query))).describedAs(query).isNotNull();
    }
  }
}

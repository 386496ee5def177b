package io.vic4j.testkit.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.vic4j.core.vm.Signal;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodPhase;
import io.vic4j.testkit.Script;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Processes over WebSocket. */
final class KubeletWebSocketTest {
  private static final String V5 = "v5.channel.k8s.io";
  private static final String V4 = "v4.channel.k8s.io";
  private static final String SUCCESS = "{\"metadata\":{},\"status\":\"Success\"}";
  private static final int MANY_BYTES = 64 << 20;

  private KubeletNode node;

  @BeforeEach
  void start() throws Exception {
    node = KubeletNode.start();
    node.vch.scripts().program("speak", Script.prints("out").printsError("err").exits(3));
    node.vch.scripts().program("cat", Script.copiesInput().exits(0));
    node.vch.scripts().program("wait", Script.prints("ready").runsForever());
    node.pod("web", Script.runsForever());
  }

  @AfterEach
  void stop() {
    node.close();
  }

  private ChannelClient exec(String query, String... protocols) throws Exception {
    return ChannelClient.open(
        node.master, node.socketUri("/exec/default/web/main?" + query), protocols);
  }

  static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  @Test
  void exec_tellsOutputErrorAndExitCode() throws Exception {
    try (ChannelClient client = exec("command=speak&output=1&error=1", V5, V4)) {
      assertThat(client.awaitClose()).isEqualTo(1000);
      assertThat(client.protocol()).isEqualTo(V5);
      assertThat(client.text(1)).isEqualTo("out\n");
      assertThat(client.text(2)).isEqualTo("err\n");
      assertThat(client.text(3))
          .contains("\"status\":\"Failure\"", "\"reason\":\"NonZeroExitCode\"")
          .contains("{\"reason\":\"ExitCode\",\"message\":\"3\"}");
    }
  }

  @Test
  void exec_withStdinThatIsClosed_endsWithSuccess() throws Exception {
    try (ChannelClient client = exec("command=cat&input=1&output=1", V5)) {
      client.send(0, "hello");
      client.end(0);
      assertThat(client.awaitClose()).isEqualTo(1000);
      assertThat(client.text(1)).isEqualTo("hello");
      assertThat(client.text(3)).isEqualTo(SUCCESS);
    }
  }

  @Test
  void exec_inVersion4_takesInputAndIsKilledWithItsClient() throws Exception {
    try (ChannelClient client = exec("command=cat&stdin=true&stdout=true", V4)) {
      client.send(0, "hello");
      await().atMost(KubeletNode.LONG).until(() -> client.text(1).equals("hello"));
      client.close();
    }
    await().atMost(KubeletNode.LONG).until(() -> node.server.openStreams() == 0);
  }

  @Test
  void exec_withoutProtocol_tellsTheEndAsText() throws Exception {
    try (ChannelClient client = exec("command=speak&output=1")) {
      client.awaitClose();
      assertThat(client.text(1)).isEqualTo("out\n");
      assertThat(client.text(2)).isEmpty();
      assertThat(client.text(3))
          .isEqualTo("command terminated with non-zero exit code: exited with 3");
    }
  }

  @Test
  void exec_inBase64_isText() throws Exception {
    try (ChannelClient client = exec("command=cat&input=1&output=1", "v4.base64.channel.k8s.io")) {
      client.sendText("0aGVsbG8=");
      await().atMost(KubeletNode.LONG).until(() -> client.text(1).equals("hello"));
    }
  }

  @Test
  void exec_ofManyBytes_bringsThemBack() throws Exception {
    byte[] much = bytes(MANY_BYTES);
    try (ChannelClient client = exec("command=cat&input=1&output=1", V5)) {
      client.send(0, much);
      client.end(0);
      assertThat(client.awaitClose()).isEqualTo(1000);
      assertThat(Arrays.equals(client.received(1), much)).isTrue();
      assertThat(client.text(3)).isEqualTo(SUCCESS);
    }
  }

  @Test
  void exec_withTerminal_tellsItsSize() throws Exception {
    FakeProcess process = new FakeProcess();
    node.answer("exec", arguments -> process);
    try (ChannelClient client = exec("command=sh&input=1&output=1&tty=1", V5)) {
      client.send(4, "{\"Width\":132,\"Height\":43}");
      assertThat(process.awaitSize()).isEqualTo("43x132");
      client.send(4, "{\"Width\":0,\"Height\":0}");
      client.send(4, "{\"Width\":80,");
      client.send(4, "\"Height\":25}\n");
      assertThat(process.awaitSize()).isEqualTo("25x80");
    }
    assertThat(process.awaitClosed()).isTrue();
  }

  @Test
  void stdinOfSlowProcess_holdsBackItsClient_andGrowsNoMemory() throws Exception {
    FakeProcess process = new FakeProcess();
    node.answer("exec", arguments -> process);
    // More than the kernel holds on its way: tcp_rmem and tcp_wmem.
    byte[] much = bytes(MANY_BYTES);
    try (ChannelClient client = exec("command=slow&input=1&output=1", V5)) {
      Thread writer =
          new Thread(
              () -> {
                try {
                  client.send(0, much);
                  client.end(0);
                } catch (Exception e) {
                  // What arrives is what counts.
                }
              });
      writer.start();
      assertThat(process.awaitInput(1)).isTrue();
      // The process takes nothing more: the client stops long before it has sent all.
      writer.join(2_000);
      assertThat(writer.isAlive()).isTrue();
      process.takeInput();
      assertThat(process.awaitInputEnd()).isEqualTo(much);
      writer.join();
      process.exit(0);
      client.awaitClose();
      assertThat(client.text(3)).isEqualTo(SUCCESS);
    }
  }

  @Test
  void outputForSlowClient_isReadNoFasterThanItTakesIt() throws Exception {
    FakeProcess process = new FakeProcess();
    process.printWithoutEnd();
    node.answer("exec", arguments -> process);
    try (ChannelClient client =
        ChannelClient.deaf(
            node.master, node.socketUri("/exec/default/web/main?command=yes&output=1"), V5)) {
      assertThat(process.awaitPrintStalls()).isLessThan(32L << 20);
      assertThat(client.isClosed()).isFalse();
    }
    assertThat(process.awaitClosed()).isTrue();
    await().atMost(KubeletNode.LONG).until(() -> node.server.openStreams() == 0);
  }

  @Test
  void attach_seesWhatIsPrintedFromNowOn_andSendsInput() throws Exception {
    node.pod("echo", Script.prints("early").copiesInput().exits(4), it -> it.stdin(true));
    try (ChannelClient client =
        ChannelClient.open(
            node.master,
            node.socketUri("/attach/default/echo/main?input=1&output=1&error=1"),
            V5)) {
      client.send(0, "late");
      await().atMost(KubeletNode.LONG).until(() -> client.text(1).equals("late"));
      client.end(0);
      client.send(0, "lost");
    }
    await().atMost(KubeletNode.LONG).until(() -> node.server.openStreams() == 0);
    assertThat(node.get("/containerLogs/default/echo/main").body()).isEqualTo("early\nlate");
    assertThat(node.vch.host().pods().get(PodKey.of("echo")).phase())
        .as("the input stays open for who attaches next")
        .isEqualTo(PodPhase.RUNNING);
  }

  @Test
  void attach_ofManyBytes_bringsThemBack() throws Exception {
    node.pod("echo", Script.copiesInput().exits(0), it -> it.stdin(true));
    byte[] much = bytes(MANY_BYTES);
    try (ChannelClient client =
        ChannelClient.open(
            node.master, node.socketUri("/attach/default/echo/main?input=1&output=1"), V5)) {
      client.send(0, much);
      await().atMost(KubeletNode.LONG).until(() -> client.count(1) == MANY_BYTES);
      assertThat(Arrays.equals(client.received(1), much)).isTrue();
    }
  }

  @Test
  void attach_endsWithTheContainer() throws Exception {
    node.pod("traps", Script.runsForever().onSignal(Signal.TERM, Script.prints("bye").exits(0)));
    try (ChannelClient client =
        ChannelClient.open(
            node.master, node.socketUri("/attach/default/traps/main?output=1"), V4)) {
      node.vch.host().pods().stop(PodKey.of("traps"));
      assertThat(client.awaitClose()).isEqualTo(1000);
      assertThat(client.text(1)).isEqualTo("bye\n");
      assertThat(client.text(3)).isEqualTo(SUCCESS);
    }
  }

  @Test
  void closingTheServer_endsExecs() throws Exception {
    FakeProcess process = new FakeProcess();
    node.answer("exec", arguments -> process);
    try (ChannelClient client = exec("command=wait&output=1", V5)) {
      node.server.close();
      assertThat(process.awaitClosed()).isTrue();
      await().atMost(KubeletNode.LONG).until(client::isClosed);
    }
  }

  @Test
  void moreStreamsThanAllowed_getAnError_untilOneIsClosed() throws Exception {
    node.close();
    node = KubeletNode.start(builder -> builder.maxStreams(1));
    node.vch.scripts().program("wait", Script.prints("ready").runsForever());
    node.pod("web", Script.runsForever());
    try (ChannelClient client = exec("command=wait&output=1", V5)) {
      await().atMost(KubeletNode.LONG).until(() -> client.text(1).equals("ready\n"));
      assertThat(node.get("/containerLogs/default/web/main").statusCode()).isEqualTo(503);
      assertThatThrownBy(() -> exec("command=wait&output=1", V5)).hasMessageContaining("Handshake");
    }
    await()
        .atMost(KubeletNode.LONG)
        .until(() -> node.get("/containerLogs/default/web/main").statusCode() == 200);
  }

  @Test
  void silentExec_isClosedAfterTheIdleTimeout() throws Exception {
    node.close();
    node = KubeletNode.start(builder -> builder.streamIdleTimeout(Duration.ofMillis(300)));
    node.vch.scripts().program("wait", Script.prints("ready").runsForever());
    node.pod("web", Script.runsForever());
    try (ChannelClient client = exec("command=wait&output=1", V5)) {
      await().atMost(KubeletNode.LONG).until(client::isClosed);
      await().atMost(KubeletNode.LONG).until(() -> node.server.openStreams() == 0);
      assertThat(client.received(1)).isEqualTo("ready\n".getBytes(UTF_8));
    }
  }
}

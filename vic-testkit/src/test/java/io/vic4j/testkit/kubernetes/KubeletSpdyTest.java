package io.vic4j.testkit.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.vic4j.testkit.Script;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Processes and ports over SPDY/3.1. */
final class KubeletSpdyTest {
  private static final String V4 = "v4.channel.k8s.io";
  private static final int MANY_BYTES = 64 << 20;

  private KubeletNode node;
  private EchoPort echo;

  @BeforeEach
  void start() throws Exception {
    node = KubeletNode.start();
    node.vch.scripts().program("speak", Script.prints("out").printsError("err").exits(3));
    node.vch.scripts().program("cat", Script.copiesInput().exits(0));
    node.pod("web", Script.runsForever());
    echo = new EchoPort();
    echo.serve(node);
  }

  @AfterEach
  void stop() throws Exception {
    echo.close();
    node.close();
  }

  private SpdyClient exec(String query, boolean windows, String... protocols) throws Exception {
    return new SpdyClient(node, "/exec/default/web/main?" + query, windows, protocols);
  }

  private SpdyClient forward(boolean windows) throws Exception {
    return new SpdyClient(node, "/portForward/default/web", windows, "portforward.k8s.io");
  }

  @Test
  void exec_tellsOutputErrorAndExitCode_inTheFirstProtocolThatBothKnow() throws Exception {
    try (SpdyClient client = exec("command=speak&output=1&error=1", true, "v9.other", V4, "x")) {
      assertThat(client.protocol()).isEqualTo(V4);
      SpdyClient.Stream error = client.begin("error");
      SpdyClient.Stream out = client.begin("stdout");
      SpdyClient.Stream err = client.begin("stderr");
      assertThat(new String(out.all(), UTF_8)).isEqualTo("out\n");
      assertThat(new String(err.all(), UTF_8)).isEqualTo("err\n");
      assertThat(new String(error.all(), UTF_8))
          .contains("NonZeroExitCode", "{\"reason\":\"ExitCode\",\"message\":\"3\"}");
      client.goneAway.get(60, TimeUnit.SECONDS);
    }
  }

  @Test
  void exec_ofClientThatNamesNoProtocol_tellsTheEndAsText() throws Exception {
    try (SpdyClient client = exec("command=speak&output=1", true)) {
      assertThat(client.protocol()).isNull();
      SpdyClient.Stream error = client.begin("error");
      client.begin("stdout");
      assertThat(new String(error.all(), UTF_8)).endsWith("exited with 3");
    }
  }

  @Test
  void exec_inUnknownProtocol_isRefused() throws Exception {
    try (SpdyClient client = exec("command=speak&output=1", true, "v9.other")) {
      assertThat(client.status()).isEqualTo(403);
    }
  }

  @Test
  void streamsThatAreNotWanted_areRefused_andTheOthersWork() throws Exception {
    try (SpdyClient client = exec("command=cat&input=1&output=1", true, V4)) {
      SpdyClient.Stream other = client.begin("other");
      assertThat(catchThrowable(other::all)).hasMessageContaining("reset");
      SpdyClient.Stream error = client.begin("error");
      SpdyClient.Stream in = client.begin("stdin");
      SpdyClient.Stream out = client.begin("stdout");
      assertThat(out.accepted()).isTrue();
      client.send(in, "hello".getBytes(UTF_8));
      client.end(in);
      assertThat(new String(out.all(), UTF_8)).isEqualTo("hello");
      assertThat(new String(error.all(), UTF_8)).contains("\"Success\"");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void exec_ofManyBytes_bringsThemBack_withWindowsAndWithout(boolean windows) throws Exception {
    byte[] much = KubeletWebSocketTest.bytes(MANY_BYTES);
    try (SpdyClient client = exec("command=cat&input=1&output=1", windows, V4)) {
      SpdyClient.Stream error = client.begin("error");
      SpdyClient.Stream in = client.begin("stdin");
      SpdyClient.Stream out = client.begin("stdout");
      assertThat(out.accepted()).isTrue();
      client.send(in, much);
      client.end(in);
      assertThat(Arrays.equals(out.all(), much)).isTrue();
      assertThat(new String(error.all(), UTF_8)).contains("\"Success\"");
      assertThat(client.windowViolations.get()).isZero();
    }
  }

  @Test
  void stdinOfSlowProcess_arrivesWhole_fromClientWithoutWindows() throws Exception {
    FakeProcess process = new FakeProcess();
    node.answer("exec", arguments -> process);
    byte[] much = KubeletWebSocketTest.bytes(MANY_BYTES);
    try (SpdyClient client = exec("command=slow&input=1", false, V4)) {
      SpdyClient.Stream error = client.begin("error");
      SpdyClient.Stream in = client.begin("stdin");
      assertThat(in.accepted()).isTrue();
      AtomicReference<Exception> broken = new AtomicReference<>();
      Thread writer =
          new Thread(
              () -> {
                try {
                  client.send(in, much);
                  client.end(in);
                } catch (Exception e) {
                  broken.set(e);
                }
              });
      writer.start();
      assertThat(process.awaitInput(1)).isTrue();
      writer.join(2_000);
      assertThat(broken).hasNullValue();
      process.takeInput();
      assertThat(process.awaitInputEnd()).isEqualTo(much);
      process.exit(0);
      assertThat(new String(error.all(), UTF_8)).contains("\"Success\"");
      writer.join();
    }
  }

  @Test
  void exec_withTerminal_tellsItsSize_andEndsWithItsClient() throws Exception {
    FakeProcess process = new FakeProcess();
    node.answer("exec", arguments -> process);
    try (SpdyClient client = exec("command=sh&input=1&output=1&tty=1&error=1", true, V4)) {
      client.begin("error");
      client.begin("stdin");
      client.begin("stdout");
      SpdyClient.Stream resize = client.begin("resize");
      assertThat(resize.accepted()).isTrue();
      client.send(resize, "{\"Width\":132,\"Height\":43}\n".getBytes(UTF_8));
      assertThat(process.awaitSize()).isEqualTo("43x132");
      assertThat(client.ping()).isEqualTo(7);
    }
    assertThat(process.awaitClosed()).isTrue();
    await().atMost(KubeletNode.LONG).until(() -> node.server.openStreams() == 0);
  }

  @Test
  void port_answersEachConnection() throws Exception {
    try (SpdyClient client = forward(true)) {
      assertThat(client.protocol()).isEqualTo("portforward.k8s.io");
      for (String request : new String[] {"0", "1"}) {
        SpdyClient.Stream error =
            client.begin("streamType", "error", "port", "8080", "requestID", request);
        SpdyClient.Stream data =
            client.begin("streamType", "data", "port", "8080", "requestID", request);
        assertThat(data.accepted()).isTrue();
        client.end(error);
        client.send(data, ("hello " + request).getBytes(UTF_8));
        client.end(data);
        assertThat(new String(data.all(), UTF_8)).isEqualTo("hello " + request);
        assertThat(error.all()).isEmpty();
      }
    }
    await().atMost(KubeletNode.LONG).until(() -> echo.open.get() == 0);
  }

  @Test
  void port_ofOldClientWithoutRequestIds_isPairedByNumbers() throws Exception {
    try (SpdyClient client = forward(true)) {
      client.begin("streamType", "error", "port", "8080");
      SpdyClient.Stream data = client.begin("streamType", "data", "port", "8080");
      assertThat(data.accepted()).isTrue();
      client.send(data, "hello".getBytes(UTF_8));
      client.end(data);
      assertThat(new String(data.all(), UTF_8)).isEqualTo("hello");
    }
  }

  @Test
  void portWhereNobodyListens_isToldOnTheErrorStream_andOthersGoOn() throws Exception {
    try (SpdyClient client = forward(true)) {
      SpdyClient.Stream error = client.begin("streamType", "error", "port", "9", "requestID", "0");
      SpdyClient.Stream data = client.begin("streamType", "data", "port", "9", "requestID", "0");
      assertThat(data.all()).isEmpty();
      assertThat(new String(error.all(), UTF_8))
          .contains("error forwarding port 9 to pod web", "nothing listens at port 9");
      client.begin("streamType", "error", "port", "8080", "requestID", "1");
      SpdyClient.Stream next = client.begin("streamType", "data", "port", "8080", "requestID", "1");
      client.send(next, "hello".getBytes(UTF_8));
      client.end(next);
      assertThat(new String(next.all(), UTF_8)).isEqualTo("hello");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void port_bringsBackManyBytes(boolean windows) throws Exception {
    byte[] much = KubeletWebSocketTest.bytes(MANY_BYTES);
    try (SpdyClient client = forward(windows)) {
      client.begin("streamType", "error", "port", "8080", "requestID", "0");
      SpdyClient.Stream data = client.begin("streamType", "data", "port", "8080", "requestID", "0");
      assertThat(data.accepted()).isTrue();
      client.send(data, much);
      client.end(data);
      assertThat(Arrays.equals(data.all(), much)).isTrue();
      assertThat(client.windowViolations.get()).isZero();
    }
  }

  @Test
  void clientThatGoes_endsItsConnections() throws Exception {
    try (SpdyClient client = forward(true)) {
      client.begin("streamType", "error", "port", "8080", "requestID", "0");
      SpdyClient.Stream data = client.begin("streamType", "data", "port", "8080", "requestID", "0");
      client.send(data, "hello".getBytes(UTF_8));
      await().atMost(KubeletNode.LONG).until(() -> data.soFar().length == 5);
      assertThat(echo.open.get()).isEqualTo(1);
    }
    await().atMost(KubeletNode.LONG).until(() -> echo.open.get() == 0);
    await().atMost(KubeletNode.LONG).until(() -> node.server.openStreams() == 0);
  }

  @Test
  void streamWithoutAPort_isReset() throws Exception {
    try (SpdyClient client = forward(true)) {
      SpdyClient.Stream bad = client.begin("streamType", "data", "port", "zero", "requestID", "0");
      assertThat(catchThrowable(bad::all)).hasMessageContaining("reset");
    }
  }

  @Test
  void output_keepsWithinTheWindowOfClientThatHasOne() throws Exception {
    FakeProcess process = new FakeProcess();
    process.printWithoutEnd();
    node.answer("exec", arguments -> process);
    try (SpdyClient client = exec("command=yes&output=1", true, V4)) {
      client.begin("error");
      SpdyClient.Stream out = client.begin("stdout");
      out.held = true;
      client.open(out, 1000); // It shows that it has windows.
      int window = 64 * 1024 + 1000;
      await().atMost(KubeletNode.LONG).until(() -> out.soFar().length == window);
      assertThat(process.awaitPrintStalls()).isLessThan(1 << 20);
      assertThat(out.soFar()).hasSize(window);
      client.open(out, 10);
      await().atMost(KubeletNode.LONG).until(() -> out.soFar().length == window + 10);
    }
    assertThat(process.awaitClosed()).isTrue();
  }

  @Test
  void connectionThatNobodyReads_doesNotHoldUpAnother() throws Exception {
    try (SpdyClient client = forward(true)) {
      client.begin("streamType", "error", "port", "8080", "requestID", "0");
      SpdyClient.Stream stuck =
          client.begin("streamType", "data", "port", "8080", "requestID", "0");
      assertThat(stuck.accepted()).isTrue();
      stuck.held = true;
      client.open(stuck, 1);
      client.send(stuck, new byte[64 * 1024]);
      client.begin("streamType", "error", "port", "8080", "requestID", "1");
      SpdyClient.Stream next = client.begin("streamType", "data", "port", "8080", "requestID", "1");
      assertThat(next.accepted()).isTrue();
      client.open(next, 64 * 1024); // The connection's window is the client's to open.
      client.send(next, "hello".getBytes(UTF_8));
      client.end(next);
      assertThat(new String(next.all(), UTF_8)).isEqualTo("hello");
    }
  }

  @Test
  void port_inWebSocket_isTheSame() throws Exception {
    byte[] much = KubeletWebSocketTest.bytes(4 << 20);
    try (SpdyClient client =
        SpdyClient.tunnelled(node, "/portForward/default/web", "SPDY/3.1+portforward.k8s.io")) {
      client.begin("streamType", "error", "port", "8080", "requestID", "0");
      SpdyClient.Stream data = client.begin("streamType", "data", "port", "8080", "requestID", "0");
      assertThat(data.accepted()).isTrue();
      client.send(data, much);
      client.end(data);
      assertThat(Arrays.equals(data.all(), much)).isTrue();
    }
    await().atMost(KubeletNode.LONG).until(() -> echo.open.get() == 0);
  }
}

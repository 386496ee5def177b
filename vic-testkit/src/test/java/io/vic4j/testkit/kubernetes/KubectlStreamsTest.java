package io.vic4j.testkit.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fabric8.kubernetes.api.model.PodBuilder;
import io.vic4j.core.vm.ExecSpec;
import io.vic4j.testkit.Script;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code kubectl} and the streams of a kubelet, in both protocols. */
@Timeout(120)
final class KubectlStreamsTest {
  private static final int FIRST_WITH_WEBSOCKETS = 31;

  @TempDir private Path home;
  private KubeletNode node;
  private ApiServer api;
  private ApiFront front;
  private Kubectl kubectl;

  @BeforeEach
  void start() throws Exception {
    node = KubeletNode.start();
    api = new ApiServer(node.vch.clock());
    front = new ApiFront(api, node.server.port(), node.master);
    kubectl = new Kubectl(front.url(), home);
    node.vch.scripts().program("speak", Script.prints("out").printsError("err").exits(3));
    node.vch.scripts().program("cat", Script.copiesInput().exits(0));
    pod("web", Script.runsForever());
  }

  @AfterEach
  void stop() throws IOException {
    if (front != null) {
      front.close();
    }
    api.close();
    node.close();
  }

  private void pod(String name, Script script) {
    node.pod(name, script, it -> it.stdin(true));
    api.create(
        new PodBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName(name)
            .endMetadata()
            .withNewSpec()
            .withNodeName("node-1")
            .addNewContainer()
            .withName("main")
            .withStdin(true)
            .endContainer()
            .endSpec()
            .withNewStatus()
            .withPhase("Running")
            .endStatus()
            .build());
  }

  private void speak(boolean webSocket) {
    assumeTrue(
        !webSocket || kubectl.minorVersion() >= FIRST_WITH_WEBSOCKETS,
        "this kubectl does not speak WebSocket");
    kubectl.streams(webSocket);
  }

  private void assertSpoke(boolean webSocket) {
    assertThat(front.upgrades()).containsExactly(webSocket ? "websocket" : "SPDY/3.1");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void exec_tellsOutputErrorAndExitCodeApart(boolean webSocket) throws Exception {
    speak(webSocket);
    try (var exec = kubectl.start("exec", "web", "--", "speak")) {
      assertThat(exec.exitCode()).isEqualTo(3);
      assertThat(exec.out()).isEqualTo("out\n");
      assertThat(exec.err()).isEqualTo("err\ncommand terminated with exit code 3\n");
    }
    assertSpoke(webSocket);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void exec_takesInputToItsEnd(boolean webSocket) throws Exception {
    speak(webSocket);
    String much = "0123456789abcdef".repeat(1 << 16);
    try (var exec = kubectl.start("exec", "-i", "web", "--", "cat")) {
      assertThat(exec.input(much).text()).isEqualTo(much);
    }
    assertSpoke(webSocket);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void exec_atATerminal_isToldItsSize(boolean webSocket) throws Exception {
    speak(webSocket);
    FakeProcess shell = new FakeProcess();
    AtomicReference<ExecSpec> asked = new AtomicReference<>();
    node.answer(
        "exec",
        arguments -> {
          asked.set((ExecSpec) arguments[1]);
          return shell;
        });
    try (var exec = kubectl.startAtTerminal(33, 99, "exec -it web -- sh -c 'a  b'")) {
      assertThat(shell.awaitSize()).isEqualTo("33x99");
      assertThat(asked.get().tty()).isTrue();
      assertThat(asked.get().argv()).containsExactly("sh", "-c", "a  b");
      shell.exit(7);
      assertThat(exec.exitCode()).isEqualTo(7);
    }
    assertSpoke(webSocket);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void attach_givesAndTakes(boolean webSocket) throws Exception {
    speak(webSocket);
    pod("echo", Script.prints("ready").copiesInput().exits(0));
    try (var attach = kubectl.start("attach", "-i", "echo")) {
      attach.stdin().write("hello\n".getBytes(UTF_8));
      attach.stdin().flush();
      await().atMost(KubeletNode.LONG).until(() -> attach.out().endsWith("hello\n"));
    }
    assertSpoke(webSocket);
    await().atMost(KubeletNode.LONG).until(() -> node.server.openStreams() == 0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void portForward_isOneConnectionAfterTheOther(boolean webSocket) throws Exception {
    speak(webSocket);
    try (EchoPort echo = new EchoPort();
        var forward = kubectl.start("port-forward", "web", ":" + EchoPort.PORT)) {
      echo.serve(node);
      Pattern told = Pattern.compile("Forwarding from 127\\.0\\.0\\.1:(\\d+) ");
      await().atMost(KubeletNode.LONG).until(() -> told.matcher(forward.out()).find());
      Matcher port = told.matcher(forward.out());
      assertThat(port.find()).isTrue();
      for (String word : new String[] {"hello", "world"}) {
        try (Socket socket =
            new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(port.group(1)))) {
          socket.getOutputStream().write(word.getBytes(UTF_8));
          assertThat(new String(socket.getInputStream().readNBytes(5), UTF_8)).isEqualTo(word);
        }
      }
      await().atMost(KubeletNode.LONG).until(() -> echo.open.get() == 0);
    }
    assertSpoke(webSocket);
    await().atMost(KubeletNode.LONG).until(() -> node.server.openStreams() == 0);
  }

  @Test
  void portForward_toWhereNobodyListens_saysSo() throws Exception {
    try (EchoPort echo = new EchoPort();
        var forward = kubectl.start("port-forward", "web", ":9")) {
      echo.serve(node);
      Pattern told = Pattern.compile("Forwarding from 127\\.0\\.0\\.1:(\\d+) ");
      await().atMost(KubeletNode.LONG).until(() -> told.matcher(forward.out()).find());
      Matcher port = told.matcher(forward.out());
      assertThat(port.find()).isTrue();
      try (Socket socket =
          new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(port.group(1)))) {
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
      }
      await()
          .atMost(KubeletNode.LONG)
          .until(() -> forward.err().contains("nothing listens at port 9"));
    }
  }

  @Test
  void exec_whereThereIsNoSuchPod_saysSo() throws Exception {
    try (var exec = kubectl.start("exec", "nobody", "--", "speak")) {
      assertThat(exec.exitCode()).isEqualTo(1);
      assertThat(exec.err()).contains("NotFound");
    }
  }
}

package io.vic4j.testkit.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.LocalPortForward;
import io.fabric8.kubernetes.client.dsl.ContainerResource;
import io.fabric8.kubernetes.client.dsl.ExecWatch;
import io.fabric8.kubernetes.client.dsl.LogWatch;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.vic4j.testkit.Script;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A foreign client: fabric8's, whose requests take the paths that an API server gives them. */
final class KubeletFabric8Test {
  private KubeletNode node;
  private KubernetesClient client;

  @BeforeEach
  void start() throws Exception {
    // The client looks first whether the pod has the container: it is told what the node says.
    node =
        KubeletNode.start(
            () ->
                "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"web\"},"
                    + "\"spec\":{\"containers\":[{\"name\":\"main\"}]}}",
            builder -> builder);
    node.vch.scripts().program("speak", Script.prints("out").printsError("err").exits(3));
    node.vch.scripts().program("cat", Script.copiesInput().exits(0));
    node.pod("web", Script.prints("one").prints("two").runsForever());
    Config config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl("https://localhost:" + node.server.port())
            .withRequestRetryBackoffLimit(0)
            .build();
    KeyManager[] keys = KubeletNode.certificates().keys(KubeletNode.MASTER);
    TrustManager[] trust = KubeletNode.certificates().trust();
    client =
        new KubernetesClientBuilder()
            .withConfig(config)
            .withHttpClientBuilderConsumer(
                builder -> {
                  builder.sslContext(keys, trust);
                  builder.addOrReplaceInterceptor("api-server", new ApiServer());
                })
            .build();
  }

  @AfterEach
  void stop() {
    client.close();
    node.close();
  }

  /** The part of an API server that finds the way to the kubelet. */
  private static final class ApiServer implements Interceptor {
    private static final Pattern POD =
        Pattern.compile("/api/v1/namespaces/([^/]+)/pods/([^/]+)/(exec|attach|log|portforward)");

    @Override
    public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
      if (request.uri().getPath().equals("/api/v1/namespaces/default/pods/web")) {
        builder.uri(request.uri().resolve("/pods"));
        return;
      }
      Matcher path = POD.matcher(request.uri().getPath());
      if (!path.matches()) {
        return;
      }
      String query = request.uri().getRawQuery() == null ? "" : request.uri().getRawQuery();
      Matcher container = Pattern.compile("(?:^|&)container=([^&]*)").matcher(query);
      String pod = path.group(1) + "/" + path.group(2);
      String target =
          switch (path.group(3)) {
            case "log" -> "/containerLogs/" + pod + "/";
            case "portforward" -> "/portForward/" + pod;
            default -> "/" + path.group(3) + "/" + pod + "/";
          };
      if (container.find()) {
        target += container.group(1);
      }
      builder.uri(
          URI.create(
              request.uri().getScheme()
                  + "://"
                  + request.uri().getRawAuthority()
                  + target
                  + "?"
                  + query));
    }
  }

  private PodResource pod() {
    return client.pods().inNamespace("default").withName("web");
  }

  private ContainerResource container() {
    return pod().inContainer("main").withReadyWaitTimeout(0);
  }

  @Test
  void exec_givesOutputErrorAndExitCode() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    try (ExecWatch exec = container().writingOutput(out).writingError(err).exec("speak")) {
      assertThat(exec.exitCode().get(60, TimeUnit.SECONDS)).isEqualTo(3);
      assertThat(out.toString(UTF_8)).isEqualTo("out\n");
      assertThat(err.toString(UTF_8)).isEqualTo("err\n");
    }
  }

  @Test
  void exec_takesInput() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ExecWatch exec = container().redirectingInput().writingOutput(out).exec("cat")) {
      exec.getInput().write("hello".getBytes(UTF_8));
      exec.getInput().flush();
      await().atMost(KubeletNode.LONG).until(() -> out.toString(UTF_8).equals("hello"));
    }
    await().atMost(KubeletNode.LONG).until(() -> node.server.openStreams() == 0);
  }

  @Test
  void log_isReadAndFollowed() throws Exception {
    assertThat(container().getLog()).isEqualTo("one\ntwo\n");
    assertThat(container().tailingLines(1).getLog()).isEqualTo("two\n");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (LogWatch watch = container().watchLog(out)) {
      await().atMost(KubeletNode.LONG).until(() -> out.toString(UTF_8).equals("one\ntwo\n"));
      assertThat(node.server.openStreams()).isEqualTo(1);
    }
    await().atMost(KubeletNode.LONG).until(() -> node.server.openStreams() == 0);
  }

  @Test
  void port_isForwarded() throws Exception {
    try (EchoPort echo = new EchoPort()) {
      echo.serve(node);
      try (LocalPortForward forward = pod().portForward(EchoPort.PORT);
          Socket socket = new Socket(InetAddress.getLoopbackAddress(), forward.getLocalPort())) {
        socket.getOutputStream().write("hello".getBytes(UTF_8));
        assertThat(new String(socket.getInputStream().readNBytes(5), UTF_8)).isEqualTo("hello");
      }
      await().atMost(KubeletNode.LONG).until(() -> echo.open.get() == 0);
    }
  }
}

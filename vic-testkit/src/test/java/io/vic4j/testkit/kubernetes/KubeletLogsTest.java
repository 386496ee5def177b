package io.vic4j.testkit.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vic4j.core.vm.LogOptions;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.kubernetes.kubelet.KubeletPods;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.VirtualClock;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Logs of containers over HTTP. */
final class KubeletLogsTest {
  private static final String WEB = "/containerLogs/default/web/main";

  private KubeletNode node;

  @BeforeEach
  void start() throws Exception {
    KubeletPods pods =
        new KubeletPods() {
          @Override
          public String podList() {
            return "{}";
          }

          @Override
          public Optional<LogOptions> run(PodKey pod, String container, boolean previous) {
            LogOptions since = LogOptions.ALL.since(VirtualClock.START.plusSeconds(20));
            LogOptions until = LogOptions.ALL.until(VirtualClock.START.plusSeconds(20));
            return !pod.name().equals("twice")
                ? KubeletPods.super.run(pod, container, previous)
                : Optional.of(previous ? until : since);
          }
        };
    node = KubeletNode.start(pods, builder -> builder);
    Script.Steps steps = Script.prints("zero").printsError("err");
    for (int i = 1; i <= 3; i++) {
      steps = steps.after(Duration.ofSeconds(10)).prints("after " + i + "0 s");
    }
    node.pod("web", steps.runsForever());
    node.pod("twice", steps.runsForever());
    node.vch.clock().advance(Duration.ofSeconds(35));
  }

  @AfterEach
  void stop() {
    node.close();
  }

  private String log(String query) throws Exception {
    HttpResponse<String> answer = node.get(WEB + query);
    assertThat(answer.statusCode()).isEqualTo(200);
    return answer.body();
  }

  @Test
  void log_isAllThatWasPrinted() throws Exception {
    assertThat(log("")).isEqualTo("zero\nerr\nafter 10 s\nafter 20 s\nafter 30 s\n");
    assertThat(node.get(WEB).headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/plain");
  }

  @Test
  void log_isCutAsAskedFor() throws Exception {
    assertThat(log("?tailLines=1")).isEqualTo("after 30 s\n");
    assertThat(log("?tailLines=0")).isEmpty();
    assertThat(log("?limitBytes=6")).isEqualTo("zero\ne");
    assertThat(log("?stream=Stderr")).isEqualTo("err\n");
    assertThat(log("?stream=Stdout&tailLines=2")).isEqualTo("after 20 s\nafter 30 s\n");
    assertThat(log("?sinceSeconds=20")).isEqualTo("after 20 s\nafter 30 s\n");
    assertThat(log("?sinceTime=" + VirtualClock.START.plusSeconds(30))).isEqualTo("after 30 s\n");
  }

  @Test
  void timestamps_standBeforeEachLine() throws Exception {
    assertThat(log("?timestamps=true&tailLines=2"))
        .isEqualTo(
            VirtualClock.START.plusSeconds(20)
                + " after 20 s\n"
                + VirtualClock.START.plusSeconds(30)
                + " after 30 s\n");
    assertThat(log("?timestamps=true&limitBytes=22")).isEqualTo(VirtualClock.START + " z");
  }

  @Test
  void parametersThatCannotBe_areRefused() throws Exception {
    for (String query :
        new String[] {
          "tailLines=-1",
          "tailLines=x",
          "limitBytes=0",
          "sinceSeconds=0",
          "sinceTime=now",
          "stream=Both",
          "follow=perhaps"
        }) {
      assertThat(node.get(WEB + "?" + query).statusCode()).describedAs(query).isEqualTo(400);
    }
    assertThat(node.get(WEB + "?sinceSeconds=1&sinceTime=" + VirtualClock.START).statusCode())
        .isEqualTo(422);
  }

  @Test
  void previousRun_isWhatTheNodeSays() throws Exception {
    HttpResponse<String> none = node.get(WEB + "?previous=true");
    assertThat(none.statusCode()).isEqualTo(400);
    assertThat(none.body())
        .isEqualTo("previous terminated container \"main\" in pod \"web\" not found");
    String twice = "/containerLogs/default/twice/main";
    assertThat(node.get(twice + "?previous=true&follow=true").body()).endsWith("err\nafter 10 s\n");
    assertThat(node.get(twice).body()).isEqualTo("after 20 s\nafter 30 s\n");
    assertThat(node.get(twice + "?sinceSeconds=1000").body()).startsWith("after 20 s\n");
  }

  @Test
  void followedLog_comesAsItIsPrinted_andEndsWithTheContainer() throws Exception {
    node.pod("echo", Script.prints("early").copiesInput().exits(0), it -> it.stdin(true));
    HttpResponse<InputStream> answer =
        KubeletNode.client(node.master)
            .send(
                HttpRequest.newBuilder(node.uri("/containerLogs/default/echo/main?follow=true"))
                    .build(),
                HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream log = answer.body();
        var process = node.vch.host().pods().attach(PodKey.of("echo"), "main")) {
      assertThat(new String(log.readNBytes(6), UTF_8)).isEqualTo("early\n");
      process.stdin().write("late".getBytes(UTF_8));
      assertThat(new String(log.readNBytes(4), UTF_8)).isEqualTo("late");
      process.stdin().close();
      assertThat(log.read()).isEqualTo(-1);
    }
  }

  @Test
  void followedLog_endsWhenItsClientGoes() throws Exception {
    HttpResponse<InputStream> answer =
        KubeletNode.client(node.master)
            .send(
                HttpRequest.newBuilder(node.uri(WEB + "?follow=1")).build(),
                HttpResponse.BodyHandlers.ofInputStream());
    assertThat(new String(answer.body().readNBytes(5), UTF_8)).isEqualTo("zero\n");
    assertThat(node.server.openStreams()).isEqualTo(1);
    answer.body().close();
    await().atMost(KubeletNode.LONG).until(() -> node.server.openStreams() == 0);
  }

  @Test
  void longLog_comesWhole() throws Exception {
    byte[] much = KubeletWebSocketTest.bytes(64 << 20);
    node.pod("long", Script.printsBytes(much).runsForever());
    HttpResponse<byte[]> answer =
        KubeletNode.client(node.master)
            .send(
                HttpRequest.newBuilder(node.uri("/containerLogs/default/long/main")).build(),
                HttpResponse.BodyHandlers.ofByteArray());
    assertThat(Arrays.equals(answer.body(), much)).isTrue();
  }
}

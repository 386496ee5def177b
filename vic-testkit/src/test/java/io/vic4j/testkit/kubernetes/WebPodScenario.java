package io.vic4j.testkit.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import io.vic4j.core.NotFoundException;
import io.vic4j.core.vm.ExecSpec;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.GuestProcess;
import io.vic4j.core.vm.LogOptions;
import io.vic4j.core.vm.LogReader;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.pod.PodStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** The life of one pod from YAML. It is the same wherever the pod runs. */
public abstract class WebPodScenario {
  private static final Duration STEP = Duration.ofMillis(500);
  private static final int STEPS = 400;
  private static final String FOLLOWED = "serving .*\\nasked\\nserving .*\\n";

  /** The pods of a host whose registry has the image. */
  protected abstract PodLifecycle pods() throws Exception;

  /** The image's reference. */
  protected abstract String image();

  /** Has the server's liveness probe fail, until the server begins anew. */
  protected abstract void sicken() throws Exception;

  /** Whether there are streams into guests. */
  protected abstract boolean hasStreams();

  /** Looks at what only some guests can show, while all is well. */
  protected void look(PodLifecycle pods) throws Exception {}

  /** Lets time pass. */
  protected abstract void pass(Duration time);

  private void until(String what, BooleanSupplier condition) {
    for (int i = 0; i < STEPS; i++) {
      if (condition.getAsBoolean()) {
        return;
      }
      pass(STEP);
    }
    fail("it did not come to this: " + what);
  }

  /** A reader has a thread of its own, which takes time of the real kind. */
  private void untilReader(String what, BooleanSupplier condition) {
    await(what)
        .atMost(Duration.ofMinutes(1))
        .until(
            () -> {
              pass(STEP);
              return condition.getAsBoolean();
            });
  }

  @Test
  final void podFromYaml_livesAsKubernetesHasIt() throws Exception {
    PodLifecycle pods = pods();
    try (WebPod.Witness witness = new WebPod.Witness(pods)) {
      pods.create(WebPod.of(image()));
      pods.start(WebPod.KEY);
      Followed followed = new Followed(pods, "server");
      until("it runs", () -> is(pods, status -> status.isReady()));
      until("the server serves", () -> log(pods, "server").contains("serving"));
      String address = pods.status(WebPod.KEY).addresses().get(0);
      assertThat(log(pods, "server"))
          .isEqualTo("serving prepared by web, hello, hunter2, at " + address + "\n");
      until("the client is served", () -> log(pods, "client").contains("prepared by web"));
      if (hasStreams()) {
        exec(pods);
      }
      look(pods);
      sicken();
      until("the server runs again", () -> is(pods, WebPodScenario::isServedAgain));
      LogOptions before = pods.status(WebPod.KEY).container("server").previousLog().orElseThrow();
      until("the server serves again", () -> log(pods, "server").contains("serving"));
      assertThat(text(pods, before)).endsWith("asked\n");
      untilReader("its log is followed into its new run", () -> followed.text().matches(FOLLOWED));
      pods.delete(WebPod.KEY);
      until("its removal is told", () -> witness.seen().get("pod").contains("removed"));
      assertThat(witness.seen()).isEqualTo(WebPod.life());
      assertThat(pods.find(WebPod.KEY)).isEmpty();
      untilReader("nothing more is followed", followed::isOver);
    }
  }

  /** Reads a container's log as it comes, until the pod is gone. */
  private static final class Followed {
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();
    private final Thread reader;

    Followed(PodLifecycle pods, String container) {
      this.reader = new Thread(() -> read(pods, container), "reader of a log");
      reader.setDaemon(true);
      reader.start();
    }

    private void read(PodLifecycle pods, String container) {
      try (LogReader log = pods.logs(WebPod.KEY, container, LogOptions.ALL.following())) {
        log.transferTo(text, text);
      } catch (NotFoundException e) {
        // The pod was removed before its last words were read.
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    String text() {
      return text.toString(StandardCharsets.UTF_8);
    }

    boolean isOver() {
      return !reader.isAlive();
    }
  }

  private static boolean is(PodLifecycle pods, Predicate<PodStatus> condition) {
    return condition.test(pods.status(WebPod.KEY));
  }

  private static boolean isServedAgain(PodStatus status) {
    return status.container("server").restarts() == 1
        && status.container("server").state().isRunning();
  }

  private static String log(PodLifecycle pods, String container) {
    return pods.status(WebPod.KEY)
        .container(container)
        .log()
        .map(part -> text(pods, container, part))
        .orElse("");
  }

  private static String text(PodLifecycle pods, LogOptions part) {
    return text(pods, "server", part);
  }

  private static String text(PodLifecycle pods, String container, LogOptions part) {
    try (LogReader reader = pods.logs(WebPod.KEY, container, part)) {
      return reader.text();
    }
  }

  private static void exec(PodLifecycle pods) throws Exception {
    String look =
        "cat /etc/key/token; grep -q web.sites.team.svc.cluster.local /etc/hosts && exit 3";
    ExecSpec spec = ExecSpec.of("server", "/bin/sh", "-c", look);
    try (GuestProcess process = pods.exec(WebPod.KEY, spec)) {
      assertThat(new String(process.stdout().readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo("hunter2");
      assertThat(process.awaitExit(Duration.ofMinutes(1))).isEqualTo(ExitStatus.exited(3));
    }
  }
}

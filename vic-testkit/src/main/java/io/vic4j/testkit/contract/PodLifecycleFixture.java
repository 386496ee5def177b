package io.vic4j.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.vm.LogReader;
import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.ContainerState;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.PodStatus;
import io.vic4j.testkit.Script;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Pods to test, and what the tests do with them. */
abstract class PodLifecycleFixture {
  static final String WEB = "registry.test/web:1";
  static final String LOG = "registry.test/log:1";
  static final PodKey KEY = PodKey.of("team", "web-1");

  PodLifecycle pods;

  /** Pods of a new host, without any. */
  protected abstract PodLifecycle newPods() throws Exception;

  /** The pods of the same host, opened once more; {@link #newPods} comes before. */
  protected abstract PodLifecycle reopen() throws Exception;

  /** Puts an image in the registry, not in the store; its containers do this. */
  protected abstract void image(String reference, Script script) throws Exception;

  /** Lets time pass for the containers. */
  protected abstract void advance(Duration time) throws Exception;

  @BeforeEach
  final void openPods() throws Exception {
    pods = newPods();
  }

  /** A test that interrupts its thread must not hand that on. */
  @AfterEach
  final void clearInterrupt() {
    boolean unused = Thread.interrupted();
  }

  static ContainerSpec container(String name, String image) {
    return ContainerSpec.builder(image).name(name).build();
  }

  static PodSpec.Builder pod(PodKey key, RestartPolicy policy) {
    return PodSpec.builder(key).restartPolicy(policy).container(container("web", WEB));
  }

  final void create(RestartPolicy policy, Script script) throws Exception {
    image(WEB, script);
    pods.create(pod(KEY, policy).build());
  }

  final PodStatus run(RestartPolicy policy, Script script) throws Exception {
    create(policy, script);
    pods.start(KEY);
    return pods.status(KEY);
  }

  final String log(String container) {
    try (LogReader reader = pods.logs(KEY, container)) {
      return reader.text();
    }
  }

  static ContainerState.Terminated terminated(PodStatus status) {
    assertThat(status.container("web").state()).isInstanceOf(ContainerState.Terminated.class);
    return (ContainerState.Terminated) status.container("web").state();
  }
}

package io.vic4j.testkit;

import io.vic4j.core.NotFoundException;
import io.vic4j.core.VicException;
import io.vic4j.core.vm.LogOptions;
import io.vic4j.core.vm.LogReader;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.Pod;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.pod.PodPhase;
import io.vic4j.pod.PodStatus;
import io.vic4j.pod.kubernetes.PodEvent;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.assertj.core.api.AssertProvider;

/**
 * A pod of a test, by its name: it need not be there yet, or any more. AssertJ's own {@code
 * assertThat(pod)} gives a {@link PodAssert}. Thread-safe.
 */
public final class TestPod implements AssertProvider<PodAssert> {
  private static final int LAST_LINES = 10;

  private final TestPods all;
  private final PodLifecycle pods;
  private final PodKey key;

  TestPod(TestPods all, PodLifecycle pods, PodKey key) {
    this.all = all;
    this.pods = pods;
    this.key = key;
  }

  /** What it is called. */
  public PodKey key() {
    return key;
  }

  /**
   * How it is now.
   *
   * @throws NotFoundException if it is not there
   */
  public PodStatus status() {
    return pods.status(key);
  }

  /** The phases it went through, each once in a row, since it was first seen. */
  public List<PodPhase> phases() {
    return all.story(key).phases();
  }

  /** What there was to tell of it, in the kubelet's words. */
  public List<PodEvent> events() {
    return all.story(key).events();
  }

  /**
   * What a container has printed up to now, over all its starts.
   *
   * @throws NotFoundException if there is no such pod, or it has no such container
   */
  public String log(String container) {
    return log(container, LogOptions.ALL);
  }

  private String log(String container, LogOptions part) {
    try (LogReader reader = pods.logs(key, container, part)) {
      return reader.text();
    }
  }

  /**
   * All that there is to tell of it: its states and events, each with the time since it was first
   * seen, and the last lines of its logs. What a failed assertion shows.
   */
  public String story() {
    StringBuilder text = new StringBuilder(all.story(key).text());
    for (ContainerSpec container :
        find().map(pod -> pod.spec().allContainers()).orElse(List.of())) {
      String name = container.name().orElseThrow();
      String tail = tail(name);
      if (!tail.isEmpty()) {
        text.append("log of ").append(name).append(", its end:\n");
        tail.lines().forEach(line -> text.append("  ").append(line).append('\n'));
      }
    }
    return text.toString();
  }

  private String tail(String container) {
    try {
      return log(container, LogOptions.ALL.lastLines(LAST_LINES));
    } catch (VicException e) {
      return e.getMessage();
    }
  }

  @Override
  public PodAssert assertThat() {
    return new PodAssert(this);
  }

  /** Its key. */
  @Override
  public String toString() {
    return "pod " + key;
  }

  Optional<Pod> find() {
    return pods.find(key);
  }

  /** Whether this holds of its status, or comes to hold of it within a time. */
  boolean becomes(Predicate<PodStatus> condition, Duration within) {
    return all.await(() -> find().filter(pod -> condition.test(pod.status())).isPresent(), within);
  }

  /** Whether this holds of it, there or not, or comes to hold of it within a time. */
  boolean comesTo(Predicate<TestPod> condition, Duration within) {
    return all.await(() -> condition.test(this), within);
  }
}

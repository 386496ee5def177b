package io.vic4j.pod.kubernetes.kubelet;

import io.vic4j.core.VicException;
import io.vic4j.core.vm.GuestStats;
import io.vic4j.pod.ContainerState;
import io.vic4j.pod.Pod;
import io.vic4j.pod.PodLifecycle;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the pods that run what they use, several at once. A pod that does not answer in time is left
 * out, and so is one whose hypervisor cannot ask it. Thread-safe.
 */
final class NodeUsage {
  /**
   * What a node uses.
   *
   * @param time when it was asked
   * @param pods those that told
   * @param failed how many did not
   */
  record Sample(Instant time, List<PodUse> pods, int failed) {
    Sample {
      pods = List.copyOf(pods);
    }

    Duration cpuTime() {
      return pods.stream().map(PodUse::cpuTime).reduce(Duration.ZERO, Duration::plus);
    }

    long memoryBytes() {
      return pods.stream().mapToLong(PodUse::memoryBytes).sum();
    }
  }

  /**
   * What a pod uses.
   *
   * @param pod which one
   * @param stats what its guest counts
   */
  record PodUse(Pod pod, GuestStats stats) {
    Duration cpuTime() {
      return stats.sessions().stream()
          .map(GuestStats.Session::cpuTime)
          .reduce(Duration.ZERO, Duration::plus);
    }

    long memoryBytes() {
      return stats.sessions().stream().mapToLong(GuestStats.Session::memoryBytes).sum();
    }

    /** Since when a container runs; empty if it does not. */
    Optional<Instant> started(String container) {
      return pod.status().containers().stream()
          .filter(it -> it.name().equals(container))
          .findFirst()
          .flatMap(
              it ->
                  it.state() instanceof ContainerState.Running running
                      ? Optional.of(running.started())
                      : Optional.empty());
    }
  }

  private static final Logger log = LoggerFactory.getLogger(NodeUsage.class);
  private static final int AT_ONCE = 8;
  private static final Duration TIMEOUT = Duration.ofSeconds(8);

  private final PodLifecycle pods;
  private final Workers workers;
  private final InstantSource time;

  NodeUsage(PodLifecycle pods, Workers workers, InstantSource time) {
    this.pods = pods;
    this.workers = workers;
    this.time = time;
  }

  /** Asks all. */
  Sample sample() throws InterruptedException {
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    Semaphore asking = new Semaphore(AT_ONCE);
    List<Future<?>> asked = new ArrayList<>();
    List<PodUse> told = new ArrayList<>();
    List<Pod> running =
        pods.list().stream().filter(pod -> pod.status().started().isPresent()).toList();
    for (Pod pod : running) {
      if (!asking.tryAcquire(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        break;
      }
      try {
        asked.add(workers.submit(() -> ask(pod, told, asking)));
      } catch (RejectedExecutionException e) {
        asking.release();
      }
    }
    for (Future<?> answer : asked) {
      try {
        answer.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        answer.cancel(true);
      } catch (ExecutionException e) {
        log.warn("a pod cannot be asked what it uses", e.getCause());
      }
    }
    List<PodUse> answers;
    synchronized (told) {
      answers = new ArrayList<>(told);
    }
    answers.sort((one, other) -> one.pod().key().compareTo(other.pod().key()));
    int failed = running.size() - answers.size();
    return new Sample(time.instant(), answers, failed);
  }

  private void ask(Pod pod, List<PodUse> told, Semaphore asking) {
    try {
      GuestStats stats = pods.stats(pod.key());
      synchronized (told) {
        told.add(new PodUse(pod, stats));
      }
    } catch (VicException e) {
      log.debug("pod {} does not tell what it uses", pod.key(), e);
    } finally {
      asking.release();
    }
  }
}

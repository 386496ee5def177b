package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.CancelledException;
import io.vic4j.core.TimeSource;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VicException;
import io.vic4j.pod.PodKey;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Long work on pods, one piece at a time for each pod, on threads of its own: some that make pods,
 * and more that end them, for these do little but wait.
 */
final class PodActions implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PodActions.class);
  private static final int ENDING = 128;

  private final TimeSource time;
  private final Consumer<PodKey> lookAgain;
  private final ThreadPoolExecutor making;
  private final ExecutorService ending = OwnThreads.upTo(ENDING, "vic-node-end");

  /**
   * No work yet.
   *
   * @param creations how many pods are made side by side
   * @param lookAgain told of a pod at the end of its work
   */
  PodActions(TimeSource time, int creations, Consumer<PodKey> lookAgain) {
    this.time = time;
    this.lookAgain = lookAgain;
    this.making = OwnThreads.upTo(creations, "vic-node-make");
  }

  /** Begins work on a pod that has none under way. */
  void begin(PodKey key, PodWork work, PodAction.Kind kind, Runnable body) {
    boolean ends = kind == PodAction.Kind.STOP || kind == PodAction.Kind.REMOVE;
    log.debug("{} of pod {}", kind, key);
    work.action = PodAction.begin(kind, ends ? ending : making, body, () -> lookAgain.accept(key));
  }

  /** Does something that cuts other work short. */
  void cutShort(PodKey key, Runnable body) {
    ending.execute(
        () -> {
          try {
            body.run();
          } catch (VicException e) {
            log.info("the end of pod {} was not cut short", key, e);
          }
        });
  }

  /**
   * Takes note of work that is done.
   *
   * @return why it did not do what it should; empty if it did, or that says nothing, or there is
   *     none
   */
  Optional<VicException> settle(PodWork work) {
    PodAction action = work.action;
    if (action == null || !action.isDone()) {
      return Optional.empty();
    }
    work.action = null;
    Optional<RuntimeException> failure = action.failure();
    if (action.isCancelled()) {
      failure.ifPresent(it -> log.debug("{} was cancelled", action.kind(), it));
      return Optional.empty();
    }
    if (failure.isEmpty()) {
      work.failures = 0;
      work.notBefore = null;
      return Optional.empty();
    }
    RuntimeException e = failure.get();
    if (e instanceof AlreadyExistsException || e instanceof CancelledException) {
      later(work, Backoff.WORK.after(1));
      return Optional.empty();
    }
    if (e instanceof KubernetesClientException) {
      // The pod is not at fault.
      work.failures++;
      later(work, longer(Backoff.REQUEST.after(work.failures), ApiErrors.retryAfter(e)));
      log.info("{} needs the API server: {}", action.kind(), e.toString());
      return Optional.empty();
    }
    work.failures++;
    later(work, Backoff.WORK.after(work.failures));
    log.info("{} failed: {}", action.kind(), e.toString());
    log.debug("{} failed", action.kind(), e);
    return Optional.of(
        e instanceof VicException failed
            ? failed
            : new UnavailableException("the node has failed: " + e, e));
  }

  void later(PodWork work, Duration delay) {
    work.notBefore = time.instant().plus(delay);
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  @Override
  public void close() {
    ending.shutdownNow();
    OwnThreads.endSoon(making); // Who makes a VM has it started, where that takes no time.
    OwnThreads.end(ending);
  }
}

package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.vic4j.core.TimeSource;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.VicException;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.pod.PodPhase;
import io.vic4j.pod.kubernetes.KubernetesStatuses;
import io.vic4j.pod.kubernetes.PodEvent;
import io.vic4j.pod.kubernetes.PodEvents;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the hypervisor have what the cluster wants, pod by pod, and tells the cluster how it is.
 *
 * <pre>
 *   in the cluster          on the hypervisor
 *   bound                   nothing            make it; wait longer after each failure
 *   bound                   its pod            start it, if it never was; tell how it is
 *   over                    its pod            keep it, off, for its logs
 *   to be deleted           its pod            end it with the grace, tell its end, remove it
 *   to be deleted           nothing            remove it from the cluster
 *   bound                   another of the     end that one first
 *                           same name
 *   nothing                 a pod              ask once more, then end and remove it
 * </pre>
 *
 * <p>It looks at what is, not at what has changed: so it does not matter what was missed, or whose
 * program began something. What takes long is done by others, who have the pod looked at again at
 * the end. One pod is looked at by one thread at a time.
 */
final class PodReconciler implements PodQueue.Work {
  private static final Logger log = LoggerFactory.getLogger(PodReconciler.class);
  private static final Duration SOON = Duration.ofSeconds(1);
  private static final Duration REMOVED_AGAIN = Duration.ofMinutes(5);
  private static final Optional<Duration> WHEN_CHANGED = Optional.empty();

  private final ClusterPods cluster;
  private final PodLifecycle pods;
  private final PodAdmission admission;
  private final PodMaker maker;
  private final PodActions actions;
  private final KubernetesStatuses statuses;
  private final StatusWriter writer;
  private final EventRecorder events;
  private final LastOutput output;
  private final TimeSource time;
  private final Map<PodKey, PodWork> works = new ConcurrentHashMap<>();

  PodReconciler(
      ClusterPods cluster,
      PodLifecycle pods,
      PodAdmission admission,
      PodMaker maker,
      PodActions actions,
      KubernetesStatuses statuses,
      StatusWriter writer,
      EventRecorder events,
      TimeSource time) {
    this.cluster = cluster;
    this.pods = pods;
    this.admission = admission;
    this.maker = maker;
    this.actions = actions;
    this.statuses = statuses;
    this.writer = writer;
    this.events = events;
    this.output = new LastOutput(pods);
    this.time = time;
  }

  @Override
  public Optional<Duration> reconcile(PodKey key) {
    Optional<Pod> known = cluster.known(key);
    PodWork work = works.computeIfAbsent(key, it -> new PodWork());
    Optional<VicException> failure = actions.settle(work);
    Optional<io.vic4j.pod.Pod> there = pods.find(key);
    if (known.isEmpty()) {
      return unwanted(key, work, there);
    }
    Pod cached = known.get();
    Pod asked = work.freshest(cached);
    String uid = asked.getMetadata().getUid();
    if (!uid.equals(work.uid)) {
      if (work.isAtWork()) {
        cancelCreation(work);
        return WHEN_CHANGED;
      }
      work.begin(uid);
      failure = Optional.empty();
    }
    if (there.isPresent() && !there.get().uid().equals(uid)) {
      return remove(key, work, there.get(), there.get().spec().terminationGrace());
    }
    if (asked.getMetadata().getDeletionTimestamp() != null) {
      return terminate(key, work, cached, asked, there);
    }
    if (StatusWriter.isOver(asked.getStatus())) {
      return there.map(pod -> over(key, work, cached, asked, pod)).orElse(WHEN_CHANGED);
    }
    return there.isPresent()
        ? present(key, work, cached, asked, there.get(), failure)
        : absent(key, work, cached, asked, failure);
  }

  // ---- What is not in the cluster.

  private Optional<Duration> unwanted(PodKey key, PodWork work, Optional<io.vic4j.pod.Pod> there) {
    if (work.isAtWork()) {
      cancelCreation(work);
      return WHEN_CHANGED;
    }
    if (there.isEmpty()) {
      works.remove(key);
      return WHEN_CHANGED;
    }
    io.vic4j.pod.Pod pod = there.get();
    // The watch may be behind: nothing is ended on its word alone.
    if (cluster.ask(key).filter(it -> pod.uid().equals(it.getMetadata().getUid())).isPresent()) {
      return Optional.of(SOON);
    }
    return remove(key, work, pod, pod.spec().terminationGrace());
  }

  private static void cancelCreation(PodWork work) {
    if (work.isAtWork(PodAction.Kind.CREATE)) {
      Objects.requireNonNull(work.action).cancel();
    }
  }

  /** Ends a pod and removes it, whatever it is. */
  private Optional<Duration> remove(
      PodKey key, PodWork work, io.vic4j.pod.Pod pod, Duration grace) {
    if (work.isAtWork()) {
      return WHEN_CHANGED;
    }
    Duration left = work.left(time.instant());
    if (!left.isZero()) {
      return Optional.of(left);
    }
    if (!pod.uid().equals(work.uid)) {
      log.info("pod {} of UID {} is not bound to this node, and ends", key, pod.uid());
    }
    actions.begin(key, work, PodAction.Kind.REMOVE, () -> pods.delete(key, grace));
    return WHEN_CHANGED;
  }

  // ---- What is to be deleted.

  private Optional<Duration> terminate(
      PodKey key, PodWork work, Pod cached, Pod asked, Optional<io.vic4j.pod.Pod> there) {
    cancelCreation(work);
    if (there.isEmpty()) {
      return work.isAtWork() ? WHEN_CHANGED : removeFromCluster(work, asked);
    }
    io.vic4j.pod.Pod pod = there.get();
    tell(work, asked, pod);
    boolean off = pod.status().started().isEmpty();
    if (!off || pod.phase().isTerminal()) {
      write(work, cached, asked, pod);
    }
    if (off) {
      return remove(key, work, pod, Duration.ZERO);
    }
    Duration grace = grace(asked, pod);
    if (work.isAtWork(PodAction.Kind.STOP)) {
      return cutShort(key, work, grace);
    }
    Duration left = work.left(time.instant());
    if (work.isAtWork() || !left.isZero()) {
      return Optional.of(left).filter(it -> !it.isZero());
    }
    killing(asked, pod);
    return stop(key, work, grace);
  }

  /** The watch tells later that the pod is gone; until then it is not removed again and again. */
  private Optional<Duration> removeFromCluster(PodWork work, Pod asked) {
    Instant now = time.instant();
    if (work.removed == null || !now.isBefore(work.removed.plus(REMOVED_AGAIN))) {
      cluster.remove(asked);
      work.removed = now;
    }
    return WHEN_CHANGED;
  }

  private static Duration grace(Pod asked, io.vic4j.pod.Pod pod) {
    @Nullable Long seconds = asked.getMetadata().getDeletionGracePeriodSeconds();
    return seconds == null ? pod.spec().terminationGrace() : Duration.ofSeconds(seconds);
  }

  private Optional<Duration> stop(PodKey key, PodWork work, Duration grace) {
    work.killAt = time.instant().plus(grace);
    actions.begin(
        key,
        work,
        PodAction.Kind.STOP,
        () -> {
          io.vic4j.pod.Pod unused = pods.stop(key, grace);
        });
    return WHEN_CHANGED;
  }

  /** Where less grace is given than before, containers are killed earlier. */
  private Optional<Duration> cutShort(PodKey key, PodWork work, Duration grace) {
    var now = time.instant();
    var killAt = Objects.requireNonNull(work.killAt);
    if (now.plus(grace).isBefore(killAt)) {
      killAt = now.plus(grace);
      work.killAt = killAt;
      work.cut = true;
    }
    if (!work.cut) {
      return WHEN_CHANGED;
    }
    if (now.isBefore(killAt)) {
      return Optional.of(Duration.between(now, killAt));
    }
    work.cut = false;
    actions.cutShort(
        key,
        () -> {
          io.vic4j.pod.Pod unused = pods.stop(key, Duration.ZERO);
        });
    return WHEN_CHANGED;
  }

  private void killing(Pod asked, io.vic4j.pod.Pod pod) {
    pod.status().containers().stream()
        .filter(it -> it.state().isRunning())
        .forEach(
            it ->
                events.tell(
                    asked,
                    PodEvent.of("Killing", "Stopping container " + it.name(), it.name(), false)));
  }

  // ---- What is over.

  private Optional<Duration> over(
      PodKey key, PodWork work, Pod cached, Pod asked, io.vic4j.pod.Pod pod) {
    tell(work, asked, pod);
    if (pod.phase().isTerminal()) {
      write(work, cached, asked, pod);
    }
    Duration left = work.left(time.instant());
    boolean endsByItself = pod.status().started().isEmpty() || pod.phase().isTerminal();
    if (endsByItself || work.isAtWork() || !left.isZero()) {
      return Optional.of(left).filter(it -> !it.isZero());
    }
    return stop(key, work, grace(asked, pod)); // Somebody else has said that it is over.
  }

  // ---- What is there.

  private Optional<Duration> present(
      PodKey key,
      PodWork work,
      Pod cached,
      Pod asked,
      io.vic4j.pod.Pod pod,
      Optional<VicException> failure) {
    work.failure = null;
    failure.ifPresent(e -> told(work, asked, e));
    boolean neverStarted = pod.phase() == PodPhase.PENDING && pod.status().started().isEmpty();
    work.notStarted = neverStarted ? failure.orElse(work.notStarted) : null;
    tell(work, asked, pod);
    Pod written = write(work, cached, asked, pod);
    if (work.isAtWork() || StatusWriter.isOver(written.getStatus())) {
      return WHEN_CHANGED;
    }
    Duration left = work.left(time.instant());
    if (!left.isZero()) {
      return Optional.of(left);
    }
    if (neverStarted) {
      actions.begin(
          key,
          work,
          PodAction.Kind.START,
          () -> {
            io.vic4j.pod.Pod unused = pods.start(key);
          });
      return WHEN_CHANGED;
    }
    update(key, work, asked, pod);
    return WHEN_CHANGED;
  }

  private void told(PodWork work, Pod asked, VicException e) {
    boolean refused = e instanceof UnsupportedException && work.target != null;
    if (refused) {
      work.refused = work.target;
    }
    events.warning(asked, refused ? "FailedUpdate" : "Failed", "Error: " + e.getMessage());
  }

  private void update(PodKey key, PodWork work, Pod asked, io.vic4j.pod.Pod pod) {
    for (String image : PodDifference.badImages(asked)) {
      events.warning(asked, "InspectFailed", "Failed to parse image name \"" + image + "\"");
    }
    PodDifference.target(asked, pod.spec())
        .filter(target -> !target.equals(work.refused))
        .ifPresent(
            target -> {
              work.target = target;
              actions.begin(
                  key, work, PodAction.Kind.UPDATE, () -> maker.update(asked, pod.spec(), target));
            });
  }

  private void tell(PodWork work, Pod asked, io.vic4j.pod.Pod pod) {
    io.vic4j.pod.PodStatus before = work.seen;
    work.seen = pod.status();
    if (before != null) {
      PodEvents.between(before, pod.status()).forEach(event -> events.tell(asked, event));
    }
  }

  /** Tells how a pod is that was made. */
  private Pod write(PodWork work, Pod cached, Pod asked, io.vic4j.pod.Pod pod) {
    @Nullable VicException notStarted = work.notStarted;
    return write(
        work,
        cached,
        asked,
        it ->
            notStarted == null
                ? statuses.status(it, pod, output.of(pod))
                : statuses.notStarted(it, pod, notStarted));
  }

  private Pod write(PodWork work, Pod cached, Pod asked, Function<Pod, PodStatus> status) {
    Pod now = writer.write(asked, work, status);
    if (!now.equals(asked)) {
      work.written(cached, now);
    }
    return now;
  }

  // ---- What is to be made.

  private Optional<Duration> absent(
      PodKey key, PodWork work, Pod cached, Pod asked, Optional<VicException> failure) {
    failure.ifPresent(e -> failed(work, asked, e));
    PodWork.Failure last = work.failure;
    if (work.isAtWork()) {
      if (last == null) {
        write(work, cached, asked, statuses::creating);
      }
      return WHEN_CHANGED;
    }
    if (last != null) {
      boolean waits = work.told;
      write(work, cached, asked, it -> statuses.failed(it, last.cause(), waits));
      if (last.retryAt().isEmpty()) {
        return WHEN_CHANGED;
      }
      Duration left = work.left(time.instant());
      if (!left.isZero()) {
        if (!waits) {
          work.told = true;
          return Optional.of(left.compareTo(SOON) < 0 ? left : SOON);
        }
        if (last.pull() && !work.toldBackOff) {
          work.toldBackOff = true;
          events.warning(asked, "BackOff", "Back-off pulling image: " + last.cause().getMessage());
        }
        return Optional.of(left);
      }
    }
    Duration left = work.left(time.instant());
    if (!left.isZero()) {
      return Optional.of(left);
    }
    if (LostPods.mayNotBeMadeAgain(asked)) {
      write(work, cached, asked, LostPods::failed);
      events.warning(asked, LostPods.REASON, LostPods.MESSAGE);
      return WHEN_CHANGED;
    }
    if (!admission.isReady()) {
      return Optional.of(SOON);
    }
    Optional<PodAdmission.Rejection> rejection = admission.admit(asked);
    if (rejection.isPresent()) {
      reject(work, cached, asked, rejection.get());
      return WHEN_CHANGED;
    }
    if (last == null) {
      write(work, cached, asked, statuses::creating);
    }
    String uid = asked.getMetadata().getUid();
    actions.begin(key, work, PodAction.Kind.CREATE, () -> create(key, uid, work));
    return WHEN_CHANGED;
  }

  private void reject(PodWork work, Pod cached, Pod asked, PodAdmission.Rejection why) {
    write(
        work,
        cached,
        asked,
        it -> statuses.rejected(it, why.reason(), "Pod was rejected: " + why.message()));
    events.warning(asked, why.reason(), why.message());
  }

  /** Makes and starts it; on a thread of the actions. */
  private void create(PodKey key, String uid, PodWork work) {
    Pod asked =
        cluster
            .ask(key)
            .filter(it -> uid.equals(it.getMetadata().getUid()))
            .filter(it -> it.getMetadata().getDeletionTimestamp() == null)
            .orElseThrow(() -> new StalePodException("pod " + key + " is not to be made any more"));
    io.vic4j.pod.Pod made = maker.create(asked);
    work.seen = made.status();
    io.vic4j.pod.Pod unused = pods.start(key);
  }

  private void failed(PodWork work, Pod asked, VicException e) {
    MakingFailure kind = MakingFailure.of(statuses, asked, e);
    work.told = false;
    work.toldBackOff = false;
    if (kind == MakingFailure.FINAL) {
      work.failure = new PodWork.Failure(e, Optional.empty(), false);
    } else {
      Backoff backoff = kind == MakingFailure.PULL ? Backoff.PULL : Backoff.WORK;
      actions.later(work, backoff.after(work.failures));
      work.failure =
          new PodWork.Failure(e, Optional.ofNullable(work.notBefore), kind == MakingFailure.PULL);
    }
    List<String> mounts = MountFailure.of(asked, e);
    if (!mounts.isEmpty()) {
      mounts.forEach(message -> events.warning(asked, MountFailure.REASON, message));
      return;
    }
    events.warning(
        asked,
        "Failed",
        (kind == MakingFailure.PULL ? "Failed to pull image: " : "Error: ") + e.getMessage());
  }
}

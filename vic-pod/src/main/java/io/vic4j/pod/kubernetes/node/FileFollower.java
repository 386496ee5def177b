package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.Pod;
import io.vic4j.core.CancelledException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.Digest;
import io.vic4j.core.TimeSource;
import io.vic4j.core.VicException;
import io.vic4j.pod.PodFile;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.PodVolume;
import io.vic4j.pod.kubernetes.KubernetesPods;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the files of pods that run follow what they are made of: ConfigMaps, Secrets, the pods' own
 * labels and annotations, tokens.
 *
 * <p>All pods are looked at in rounds: so each object that pods refer to is asked for once in a
 * round, however many they are, and a pod whose labels have changed at once. A guest is told what
 * is new for it. What it was told is known by digests, and by this program only: of pods that it
 * did not make, or whose VMs were started anew, it tells all files again, and where they are what
 * the guest has, that does nothing. What fails is tried again later, told by an event when it is
 * not what failed before, and does the pod no harm.
 */
final class FileFollower implements PodQueue.Work, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FileFollower.class);
  private static final Optional<Duration> WHEN_CHANGED = Optional.empty();
  private static final int WORKERS = 4;

  /** What the files of a pod are made of, as far as it is known without asking. */
  private record Seen(long round, Map<String, String> labels, Map<String, String> annotations) {
    static Seen of(long round, Pod pod) {
      return new Seen(
          round, copy(pod.getMetadata().getLabels()), copy(pod.getMetadata().getAnnotations()));
    }

    private static Map<String, String> copy(@Nullable Map<String, String> map) {
      return map == null ? Map.of() : Map.copyOf(map);
    }
  }

  /** A pod that is followed; used by one thread at a time. */
  private static final class Followed {
    final String uid;
    final Map<String, Digest> told = new HashMap<>();
    final Map<String, String> problems = new HashMap<>(); // By volume, as they were told last.
    @Nullable Instant started;
    @Nullable Seen seen;
    int failures;

    Followed(String uid) {
      this.uid = uid;
    }
  }

  private final ClusterPods cluster;
  private final PodLifecycle pods;
  private final KubernetesPods translator;
  private final EventRecorder events;
  private final PodQueue queue;
  private final Periodic rounds;
  private final AtomicLong round = new AtomicLong();
  private final Map<PodKey, Followed> followed = new ConcurrentHashMap<>();

  /**
   * Follows nothing yet.
   *
   * @param interval how long a round takes
   */
  FileFollower(
      ClusterPods cluster,
      PodLifecycle pods,
      KubernetesPods translator,
      EventRecorder events,
      Duration interval,
      TimeSource time) {
    this.cluster = cluster;
    this.pods = pods;
    this.translator = translator;
    this.events = events;
    this.queue = new PodQueue(time, WORKERS, "vic-node-files");
    this.rounds = new Periodic("round of files", time, interval, Backoff.WORK, this::beginRound);
  }

  void start() {
    queue.start(this);
    rounds.start();
  }

  private void beginRound() {
    round.incrementAndGet();
    cluster.known().stream()
        .filter(FileFollower::hasVolumes)
        .map(ClusterPods::key)
        .forEach(queue::add);
  }

  /** Has a pod looked at that has changed, or whose VM has. */
  void add(PodKey key) {
    queue.add(key);
  }

  /** A pod was made, and has the files of its specification. */
  void made(Pod asked, PodSpec spec) {
    Followed its = new Followed(asked.getMetadata().getUid());
    for (PodVolume volume : spec.volumes()) {
      if (volume instanceof PodVolume.Files files) {
        its.told.put(volume.name(), digest(files.files()));
      }
    }
    if (!its.told.isEmpty()) {
      its.seen = Seen.of(round.get(), asked);
      followed.put(spec.key(), its);
    }
  }

  @Override
  public Optional<Duration> reconcile(PodKey key) {
    Optional<Pod> asked = cluster.known(key);
    if (asked.isEmpty()) {
      followed.remove(key);
      return WHEN_CHANGED;
    }
    return hasVolumes(asked.get()) ? look(key, asked.get()) : WHEN_CHANGED;
  }

  private static boolean hasVolumes(Pod pod) {
    return pod.getSpec() != null
        && pod.getSpec().getVolumes().stream()
            .anyMatch(
                it ->
                    it.getConfigMap() != null
                        || it.getSecret() != null
                        || it.getDownwardAPI() != null
                        || it.getProjected() != null);
  }

  private Optional<Duration> look(PodKey key, Pod asked) {
    String uid = asked.getMetadata().getUid();
    Optional<io.vic4j.pod.Pod> running =
        pods.find(key)
            .filter(it -> it.uid().equals(uid))
            .filter(it -> it.status().started().isPresent() && !it.phase().isTerminal());
    if (running.isEmpty() || asked.getMetadata().getDeletionTimestamp() != null) {
      return WHEN_CHANGED;
    }
    Followed its =
        followed.compute(
            key, (same, old) -> old != null && old.uid.equals(uid) ? old : new Followed(uid));
    Instant started = running.get().status().started().orElseThrow();
    if (!started.equals(its.started)) {
      if (its.started != null) { // It was started anew, with the files that it was made with.
        its.told.clear();
        its.seen = null;
      }
      its.started = started;
    }
    Seen now = Seen.of(round.get(), asked);
    if (now.equals(its.seen)) {
      return WHEN_CHANGED;
    }
    if (!follow(key, asked, running.get().spec(), its)) {
      its.failures++;
      return Optional.of(Backoff.WORK.after(its.failures));
    }
    its.failures = 0;
    its.seen = now;
    return WHEN_CHANGED;
  }

  /** Tells all that is new, and says whether that went well; who fails does not keep others. */
  private boolean follow(PodKey key, Pod asked, PodSpec spec, Followed its) {
    boolean well = true;
    for (PodVolume volume : spec.volumes()) {
      if (volume instanceof PodVolume.Files) {
        try {
          follow(key, asked, volume.name(), its);
          if (its.problems.remove(volume.name()) != null) {
            log.info("volume {} of pod {} has the files that it should have", volume.name(), key);
          }
        } catch (CancelledException e) {
          throw e;
        } catch (ConflictException e) {
          log.debug("the guest of pod {} is not there yet, or not any more", key, e);
          well = false;
        } catch (VicException e) {
          complain(key, asked, volume.name(), its, e);
          well = false;
        }
      }
    }
    return well;
  }

  private void follow(PodKey key, Pod asked, String volume, Followed its) {
    List<PodFile> files = translator.files(asked, volume);
    Digest digest = digest(files);
    if (!digest.equals(its.told.get(volume))) {
      pods.updateFiles(key, volume, files);
      its.told.put(volume, digest);
    }
  }

  private void complain(PodKey key, Pod asked, String volume, Followed its, VicException e) {
    String problem = MountFailure.message(volume, e);
    if (problem.equals(its.problems.put(volume, problem))) {
      log.debug("the files of pod {}, failure {}", key, its.failures, e);
    } else {
      log.warn("the files of pod {} stay as they are for now: {}", key, problem);
      events.warning(asked, MountFailure.REASON, problem);
    }
  }

  private static Digest digest(List<PodFile> files) {
    MessageDigest all = Digest.Algorithm.SHA256.newMessageDigest();
    for (PodFile file : files) {
      ByteBuffer content = file.content().orElseThrow();
      String head = file.path() + "\0" + file.mode() + "\0" + content.remaining() + "\0";
      all.update(head.getBytes(StandardCharsets.UTF_8));
      all.update(content.duplicate());
    }
    return Digest.of(Digest.Algorithm.SHA256, all);
  }

  @Override
  public void close() {
    try (queue) {
      rounds.close();
    }
  }
}

package io.vic4j.testkit.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.mockwebserver.http.MockResponse;
import io.vic4j.pod.PodPhase;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever is dropped, refused and restarted: in the end the cluster and the host agree. */
@Timeout(180)
class KubernetesNodeChaosTest {
  private static final int PODS = 500;
  private static final int BATCH = 20;
  private static final String[] IMAGES = {"web", "web", "job", "broken", "broken"};
  private static final String[] POLICIES = {"Always", "Always", "Never", "Never", "Always"};

  private final NodeCluster cluster = new NodeCluster();
  private final Map<String, String> expected = new HashMap<>();
  private final Set<String> deleted = new HashSet<>();

  @AfterEach
  void close() {
    cluster.close();
  }

  /** Every few requests fail, each in another way. */
  private static final class Faults implements Function<String, Optional<MockResponse>> {
    final AtomicLong seen = new AtomicLong();
    final AtomicLong injected = new AtomicLong();

    @Override
    public Optional<MockResponse> apply(String line) {
      if (line.contains("watch=true")) {
        return Optional.empty();
      }
      long number = seen.incrementAndGet();
      if (number % 11 == 0) {
        injected.incrementAndGet();
        return Optional.of(ApiServer.failure(429, "TooManyRequests"));
      }
      if (number % 13 == 0) {
        injected.incrementAndGet();
        return Optional.of(ApiServer.failure(500, "InternalError"));
      }
      if (number % 7 == 0 && line.startsWith("PUT")) {
        injected.incrementAndGet();
        return Optional.of(ApiServer.failure(409, "Conflict"));
      }
      return Optional.empty();
    }
  }

  @Test
  void after500Pods_dropsFaultsAndRestarts_clusterAndHostAgree() {
    long begin = System.nanoTime();
    Faults faults = new Faults();
    cluster.start();
    cluster.api.faults(faults);
    int drops = 0;
    int restarts = 0;
    Map<String, String> vmsBefore = Map.of();
    for (int batch = 0; batch < PODS / BATCH; batch++) {
      for (int i = batch * BATCH; i < (batch + 1) * BATCH; i++) {
        create(i);
      }
      cluster.clock.advance(NodeCluster.STEP);
      if (batch % 3 == 2) {
        cluster.api.dropWatches();
        drops++;
        deleteSome(batch);
        if (batch % 2 == 0) {
          cluster.api.compact();
        }
      }
      if (batch == 9 || batch == 18) {
        cluster.stop();
        vmsBefore = vms();
        deleteSome(batch + 1);
        cluster.clock.advance(Duration.ofSeconds(20));
        cluster.restart();
        restarts++;
      }
      passABit();
    }
    Set<String> goneMeanwhile = new HashSet<>(deleted);
    cluster.api.faults(line -> Optional.empty());
    try {
      cluster.until(Duration.ofSeconds(60), this::isSettled);
    } catch (org.awaitility.core.ConditionTimeoutException e) {
      // What does not agree is told below.
    }
    long millis = (System.nanoTime() - begin) / 1_000_000;

    assertThat(different(onHost(), inCluster())).isEmpty();
    Map<String, String> phases = new TreeMap<>();
    cluster
        .api
        .all("pods", Pod.class)
        .forEach(it -> phases.put(it.getMetadata().getName(), it.getStatus().getPhase()));
    assertThat(different(phases, expected)).isEmpty();
    Map<String, String> after = vms();
    vmsBefore.forEach(
        (uid, vm) -> {
          if (!goneMeanwhile.contains(uid)) {
            assertThat(after).as("kept over the restart").containsEntry(uid, vm);
          }
        });
    System.out.printf(
        "%d pods, %d deleted, %d requests, %d faults, %d drops, %d restarts of the program: %d ms%n",
        PODS,
        goneMeanwhile.size(),
        faults.seen.get(),
        faults.injected.get(),
        drops,
        restarts,
        millis);
  }

  private void create(int number) {
    String name = "pod-" + number;
    int kind = number % IMAGES.length;
    Pod unused = cluster.api.create(NodeCluster.pod(name, IMAGES[kind], POLICIES[kind]));
    expected.put(
        name,
        switch (kind) {
          case 2 -> "Succeeded";
          case 3 -> "Failed";
          default -> "Running";
        });
  }

  /** With grace, at once, and at once with another of the same name. */
  private void deleteSome(int batch) {
    for (int i = 0; i < BATCH; i += 2) {
      int number = batch * BATCH / 2 + i;
      String name = "pod-" + number;
      Optional<Pod> pod = cluster.find(name);
      if (pod.isEmpty() || pod.get().getMetadata().getDeletionTimestamp() != null) {
        continue;
      }
      deleted.add(pod.get().getMetadata().getUid());
      expected.remove(name);
      if (i % 3 == 0) {
        cluster.delete(name, null);
      } else {
        cluster.delete(name, 0L);
        if (i % 3 == 1) {
          create(number);
        }
      }
    }
  }

  /** Gives the node's threads a chance between two looks at the clock. */
  private void passABit() {
    long before = cluster.api.requests();
    cluster.until(() -> cluster.api.requests() > before + BATCH);
  }

  private boolean isSettled() {
    return cluster.api.all("pods", Pod.class).size() == expected.size()
        && onHost().equals(inCluster())
        && inCluster().size() == expected.size()
        && cluster.api.all("pods", Pod.class).stream()
            .allMatch(
                it ->
                    it.getStatus() != null
                        && expected
                            .get(it.getMetadata().getName())
                            .equals(it.getStatus().getPhase()));
  }

  private static Map<String, String> different(Map<String, String> is, Map<String, String> want) {
    Map<String, String> different = new TreeMap<>();
    Set<String> keys = new HashSet<>(is.keySet());
    keys.addAll(want.keySet());
    for (String key : keys) {
      if (!Objects.equals(is.get(key), want.get(key))) {
        different.put(key, is.get(key) + ", not " + want.get(key));
      }
    }
    return different;
  }

  private Map<String, String> vms() {
    Map<String, String> vms = new HashMap<>();
    cluster.host().pods().list().forEach(it -> vms.put(it.uid(), it.vmId()));
    return vms;
  }

  private Map<String, String> inCluster() {
    Map<String, String> pods = new TreeMap<>();
    cluster
        .api
        .all("pods", Pod.class)
        .forEach(
            it ->
                pods.put(
                    it.getMetadata().getName() + " " + it.getMetadata().getUid(),
                    it.getStatus() == null ? "" : it.getStatus().getPhase()));
    return pods;
  }

  private Map<String, String> onHost() {
    Map<String, String> pods = new TreeMap<>();
    cluster
        .host()
        .pods()
        .list()
        .forEach(it -> pods.put(it.key().name() + " " + it.uid(), words(it.phase())));
    return pods;
  }

  private static String words(PodPhase phase) {
    return phase.name().charAt(0) + phase.name().substring(1).toLowerCase(java.util.Locale.ROOT);
  }
}

package io.vic4j.testkit.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodSpec;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a node has missed, or could not tell, comes right. */
@Timeout(60)
class KubernetesNodeRecoveryTest {
  private final NodeCluster cluster = new NodeCluster();

  @AfterEach
  void close() {
    cluster.close();
  }

  @Test
  void aProgramThatBeginsAnew_findsAll_andStartsNothingTwice() {
    cluster.start();
    cluster.bind("web", "web");
    cluster.api.create(NodeCluster.pod("job", "job", "Never"));
    cluster.untilPhase("web", "Running");
    cluster.untilPhase("job", "Succeeded");
    cluster.until( // It is told that it is over before its VM is off.
        () -> cluster.host().pods().status(PodKey.of("job")).started().isEmpty());
    var before = cluster.host().pods().list();
    cluster.stop();
    cluster.bind("meanwhile", "web");
    cluster.restart();
    cluster.untilPhase("meanwhile", "Running");

    for (var pod : before) {
      var now = cluster.host().pods().get(pod.key());
      assertThat(now.vmId()).isEqualTo(pod.vmId());
      assertThat(now.status().started()).isEqualTo(pod.status().started());
    }
    assertThat(cluster.phase("job")).isEqualTo("Succeeded");
  }

  @Test
  void podsThatAreNotInTheCluster_areEnded() {
    cluster
        .host()
        .pods()
        .create(
            PodSpec.builder("orphan")
                .container(ContainerSpec.builder("registry.test/web:1").name("app").build())
                .build());
    cluster.host().pods().start(PodKey.of("orphan"));
    cluster.start();
    cluster.bind("web", "web");
    cluster.untilPhase("web", "Running");
    cluster.until(() -> !cluster.isThere("orphan"));
    assertThat(cluster.isThere("web")).isTrue();
  }

  @Test
  void aPodOfTheSameNameThatReplacesOne_waitsForTheEndOfTheFirst() {
    cluster.start();
    Pod first = cluster.bind("web", "web");
    cluster.untilPhase("web", "Running");
    cluster.delete("web", 0L);
    Pod second = cluster.bind("web", "web");
    cluster.until(
        () ->
            cluster
                .host()
                .pods()
                .find(PodKey.of("web"))
                .filter(it -> it.uid().equals(second.getMetadata().getUid()))
                .isPresent());
    cluster.untilPhase("web", "Running");
    assertThat(first.getMetadata().getUid()).isNotEqualTo(second.getMetadata().getUid());
  }

  @Test
  void whatHappensWhileTheWatchIsDown_isFound() {
    cluster.start();
    cluster.bind("old", "web");
    cluster.untilPhase("old", "Running");
    cluster.api.dropWatches();
    cluster.bind("new", "web");
    cluster.delete("old", 0L);
    cluster.api.compact();
    cluster.untilPhase("new", "Running");
    cluster.until(() -> !cluster.isThere("old"));
  }

  @Test
  void statusesThatTheServerDoesNotTake_areWrittenLater() {
    cluster.start();
    AtomicInteger left = new AtomicInteger(12);
    cluster.api.faults(
        line -> {
          if (!line.startsWith("PUT") || !line.contains("/pods/") || left.get() <= 0) {
            return Optional.empty();
          }
          return switch (left.decrementAndGet() % 3) {
            case 0 -> Optional.of(ApiServer.failure(409, "Conflict"));
            case 1 -> Optional.of(ApiServer.failure(429, "TooManyRequests"));
            default -> Optional.of(ApiServer.failure(500, "InternalError"));
          };
        });
    cluster.api.create(NodeCluster.pod("job", "job", "Never"));
    cluster.untilPhase("job", "Succeeded");
    assertThat(left.get()).isLessThan(12);
  }

  @Test
  void aPodThatIsOver_staysOver() {
    cluster.start();
    cluster.api.create(NodeCluster.pod("job", "job", "Never"));
    cluster.untilPhase("job", "Succeeded");
    Pod done = cluster.get("job");
    cluster.host().pods().start(PodKey.of("job"));
    cluster.until(() -> cluster.host().pods().get(PodKey.of("job")).phase().isTerminal());
    assertThat(cluster.get("job").getStatus().getPhase()).isEqualTo(done.getStatus().getPhase());
  }
}

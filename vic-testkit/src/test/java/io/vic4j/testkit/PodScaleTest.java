package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.pod.PodPhase;
import io.vic4j.pod.PodSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What thousands of pods cost, where that does not depend on how busy the machine is. */
@ExtendWith(VicExtension.class)
final class PodScaleTest {
  private static final String IMAGE = "registry.test/web:1";
  private static final int PODS = 2_000;
  private static final long MOST_BYTES = 20 << 10;
  private static final Duration LONGEST_QUERY = Duration.ofMillis(1);

  private static long usedBytes() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  @Test
  void idlePods_takeLittleMemory_andTheirStatusesLittleTime(TestVch vch) {
    vch.image(IMAGE).runs(Script.runsForever());
    PodLifecycle pods = vch.host().pods();
    List<PodKey> keys = new ArrayList<>();
    for (int i = 0; i < PODS; i++) {
      keys.add(PodKey.of("team-" + i % 10, "web-" + i));
    }
    long empty = usedBytes();
    for (PodKey key : keys) {
      pods.create(
          PodSpec.builder(key)
              .label("app", "web")
              .container(ContainerSpec.builder(IMAGE).name("web").env("MODE", "fast").build())
              .build());
      pods.start(key);
    }
    assertThat((usedBytes() - empty) / PODS).as("bytes of an idle pod").isLessThan(MOST_BYTES);

    long begin = System.nanoTime();
    for (PodKey key : keys) {
      assertThat(pods.status(key).phase()).isEqualTo(PodPhase.RUNNING);
    }
    assertThat(Duration.ofNanos((System.nanoTime() - begin) / PODS)).isLessThan(LONGEST_QUERY);
  }
}

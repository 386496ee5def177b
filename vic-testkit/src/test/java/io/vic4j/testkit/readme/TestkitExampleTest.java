package io.vic4j.testkit.readme;

import static io.vic4j.pod.PodPhase.FAILED;
import static io.vic4j.pod.PodPhase.PENDING;
import static io.vic4j.pod.PodPhase.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.testkit.Script;
import io.vic4j.testkit.TestPod;
import io.vic4j.testkit.TestPods;
import io.vic4j.testkit.TestVch;
import io.vic4j.testkit.VicExtension;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VicExtension.class)
final class TestkitExampleTest {
  // README begins
  @Test
  void crashingWeb_isStartedAgain_untilItsDeadline(TestVch vch, TestPods pods) {
    vch.image("registry.test/web:1").runs(Script.prints("no config").exits(1));
    TestPod web = pods.applyResource("pods/web.yaml"); // a v1 Pod of ten minutes
    assertThat(web).within(Duration.ofMinutes(5)).container("web").restarted(3).exitedWith(1);
    assertThat(web).log("web").startsWith("no config\n");
    assertThat(web).hasEvent("BackOff").reaches(FAILED).hasReason("DeadlineExceeded");
    assertThat(web).wentThrough(PENDING, RUNNING, FAILED);
  }
  // README ends
}

package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.PodStatus;
import io.vic4j.pod.VirtualContainerHost;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A user's test of a user's service, as the documentation shows it. */
@ExtendWith(VicExtension.class)
final class BillingJobTest {
  /** Stands for the program that links the library. */
  private static final class BillingService {
    private final VirtualContainerHost vch;

    BillingService(VirtualContainerHost vch) {
      this.vch = vch;
    }

    void submit(String job) {
      vch.pods()
          .create(
              PodSpec.builder(job)
                  .restartPolicy(RestartPolicy.NEVER)
                  .container(ContainerSpec.builder("registry.test/job:1").name("job").build())
                  .build());
      vch.pods().start(PodKey.of(job));
    }

    String report(String job) {
      PodStatus status = vch.pods().status(PodKey.of(job));
      return switch (status.phase()) {
        case PENDING, RUNNING -> "running";
        case SUCCEEDED -> "done";
        case FAILED -> "failed: " + code(status);
        case UNKNOWN -> "unknown";
      };
    }

    private static String code(PodStatus status) {
      return status
          .container("job")
          .state()
          .exitStatus()
          .map(exit -> exit instanceof ExitStatus.Exited exited ? "" + exited.code() : "" + exit)
          .orElse("?");
    }
  }

  @Test
  void failedJob_isReported(TestVch vch) {
    vch.image("registry.test/job:1")
        .runs(Script.prints("no disk").after(Duration.ofSeconds(30)).exits(3));
    BillingService service = new BillingService(vch.host());
    service.submit("job");
    vch.clock().advance(Duration.ofSeconds(29));
    assertThat(service.report("job")).isEqualTo("running");
    vch.clock().advance(Duration.ofSeconds(1));
    assertThat(service.report("job")).isEqualTo("failed: 3");
  }

  @Test
  void successfulJob_isReported(TestVch vch, VirtualContainerHost host) {
    vch.image("registry.test/job:1").runs(Script.exits(0));
    BillingService service = new BillingService(host);
    service.submit("job");
    assertThat(service.report("job")).isEqualTo("done");
  }
}

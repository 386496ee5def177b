package io.vic4j.pod;

import io.vic4j.core.vm.HealthCheck;
import io.vic4j.core.vm.InvalidSpecException;
import io.vic4j.image.ImageConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which health check a container has: its own, or its image's. */
final class HealthChecks {
  private static final String SHELL_TEST = "CMD-SHELL";
  private static final long NANOS_OF_MILLI = 1_000_000;

  private HealthChecks() {}

  static Optional<HealthCheck> of(String session, ContainerSpec spec, ImageConfig config) {
    ProcessOptions options = spec.options();
    if (options.noHealthCheck()) {
      return Optional.empty();
    }
    return options
        .healthCheck()
        .or(() -> config.healthcheck().flatMap(check -> ofImage(session, check)));
  }

  private static Optional<HealthCheck> ofImage(String session, ImageConfig.Healthcheck image) {
    List<String> argv = argv(image.test());
    String kind = image.test().isEmpty() ? "NONE" : image.test().get(0);
    if (!kind.equals("CMD") && !kind.equals(SHELL_TEST)) {
      return Optional.empty(); // NONE, or what Docker Engine does not know and does not run.
    }
    try {
      return Optional.of(
          new HealthCheck(
              argv,
              millis(image.interval().orElse(HealthCheck.DEFAULT_INTERVAL)),
              millis(image.timeout().orElse(HealthCheck.DEFAULT_TIMEOUT)),
              millis(image.startPeriod().orElse(Duration.ZERO)),
              image.retries().orElse(HealthCheck.DEFAULT_RETRIES)));
    } catch (InvalidSpecException e) {
      throw new InvalidSpecException(
          "containers[" + session + "].healthCheck",
          "the image's is wrong: " + e.getMessage() + "; set another one, or none");
    }
  }

  private static List<String> argv(List<String> test) {
    List<String> argv = new ArrayList<>();
    if (!test.isEmpty()) {
      if (test.get(0).equals(SHELL_TEST)) {
        argv.addAll(List.of("/bin/sh", "-c"));
      }
      argv.addAll(test.subList(1, test.size()));
    }
    return argv;
  }

  /** The guest counts in milliseconds. */
  private static Duration millis(Duration exact) {
    return Duration.ofMillis(exact.plusNanos(NANOS_OF_MILLI - 1).toMillis());
  }
}

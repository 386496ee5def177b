package io.vic4j.pod.kubernetes.node;

import io.vic4j.core.VicException;
import io.vic4j.core.vm.LogEntry;
import io.vic4j.core.vm.LogOptions;
import io.vic4j.core.vm.LogReader;
import io.vic4j.pod.Pod;
import io.vic4j.pod.PodLifecycle;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of what a container has printed: 80 lines or 2,048 characters.
 *
 * <p>Source: Kubernetes, "Determine the Reason for Pod Failure".
 */
final class LastOutput {
  private static final Logger log = LoggerFactory.getLogger(LastOutput.class);
  private static final int LINES = 80;
  private static final int CHARACTERS = 2048;

  private final PodLifecycle pods;

  LastOutput(PodLifecycle pods) {
    this.pods = pods;
  }

  /** Reads it by the container's name. */
  Function<String, Optional<String>> of(Pod pod) {
    return container -> read(pod, container);
  }

  private Optional<String> read(Pod pod, String container) {
    StringBuilder text = new StringBuilder();
    LogOptions part = pod.status().container(container).log().orElse(LogOptions.ALL);
    try (LogReader reader = pods.logs(pod.key(), container, part.lastLines(LINES))) {
      for (Optional<LogEntry> entry = reader.next(); entry.isPresent(); entry = reader.next()) {
        text.append(entry.get().text());
      }
    } catch (VicException e) {
      log.debug("what {} of pod {} has printed cannot be read", container, pod.key(), e);
      return Optional.empty();
    }
    return Optional.of(text.substring(Math.max(0, text.length() - CHARACTERS)));
  }
}

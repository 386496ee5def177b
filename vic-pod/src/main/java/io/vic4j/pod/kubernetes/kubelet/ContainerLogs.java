package io.vic4j.pod.kubernetes.kubelet;

import io.vic4j.core.vm.LogEntry;
import io.vic4j.core.vm.LogOptions;
import io.vic4j.core.vm.LogReader;
import io.vic4j.pod.PodLifecycle;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.InstantSource;
import java.util.Optional;

/** Answers requests for the logs of containers. */
final class ContainerLogs {
  private static final int BUFFER_BYTES = 32 * 1024;

  private final PodLifecycle pods;
  private final KubeletPods node;
  private final InstantSource time;

  ContainerLogs(PodLifecycle pods, KubeletPods node, InstantSource time) {
    this.pods = pods;
    this.node = node;
    this.time = time;
  }

  /** Answers one, and returns when all is sent, or the client is gone. */
  void serve(HttpCall call, Query query, PodTarget target) throws IOException {
    LogRequest request = LogRequest.of(query, time.instant());
    Optional<LogOptions> run = node.run(target.key(), target.container(), request.previous());
    if (run.isEmpty()) {
      throw HttpFailure.badRequest(
          "previous terminated container \""
              + target.container()
              + "\" in pod \""
              + target.key().name()
              + "\" not found");
    }
    // What a VM that is off has printed is there, though its containers wait again.
    if (target.isNew() && target.pod().status().started().isPresent()) {
      throw HttpFailure.badRequest(
          "container \""
              + target.container()
              + "\" in pod \""
              + target.key().name()
              + "\" is waiting to start");
    }
    LogOptions options = request.within(run.get());
    try (LogReader log = pods.logs(target.key(), target.container(), options)) {
      call.stream(HttpCall.TEXT, out -> copy(log, out, request, options.follow()));
    }
  }

  private static void copy(LogReader log, OutputStream out, LogRequest request, boolean follow)
      throws IOException {
    // Who follows wants to see what there is at once.
    OutputStream target = follow ? out : new BufferedOutputStream(out, BUFFER_BYTES);
    LogWriter writer =
        new LogWriter(target, request.timestamps(), request.limitBytes().orElse(Long.MAX_VALUE));
    Optional<LogEntry> entry = log.next();
    while (entry.isPresent() && writer.write(entry.get())) {
      entry = log.next();
    }
    target.flush();
  }
}

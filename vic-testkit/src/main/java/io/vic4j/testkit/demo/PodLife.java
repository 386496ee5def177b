package io.vic4j.testkit.demo;

import io.vic4j.core.Progress;
import io.vic4j.core.VicException;
import io.vic4j.core.vm.LogEntry;
import io.vic4j.core.vm.LogReader;
import io.vic4j.core.vm.VmRecord;
import io.vic4j.image.PullResult;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.Pod;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.PodStatus;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.testkit.EmbeddedRegistry;
import io.vic4j.testkit.TestImage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Takes a pod of one container through its life. */
final class PodLife {
  private static final PodKey POD = PodKey.of("demo");
  private static final String CONTAINER = "main";
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final Backend backend;
  private final RegistryOptions registryOptions;
  private final Progress progress;

  /** A life to be, over a backend, which stays the caller's. */
  PodLife(Backend backend, RegistryOptions registryOptions, Progress progress) {
    this.backend = backend;
    this.registryOptions = registryOptions;
    this.progress = progress;
  }

  RunReport ofSampleImage() {
    try (EmbeddedRegistry registry = EmbeddedRegistry.start()) {
      return of(registry.add("demo/hello:1", sampleImage()).toString());
    }
  }

  RunReport of(String image) {
    try (VirtualContainerHost vch = backend.openHost()) {
      return live(vch, image);
    }
  }

  private RunReport live(VirtualContainerHost vch, String image) {
    Steps steps = new Steps(System::nanoTime);
    PullResult pulled =
        steps.time(
            "pull", () -> ImageArgument.pull(image, vch.images(), registryOptions, progress));
    PodSpec spec =
        PodSpec.builder(POD)
            .container(ContainerSpec.builder(pulled.image()).name(CONTAINER).build())
            .build();
    Pod pod = steps.time("create", () -> vch.pods().create(spec));
    RunReport report;
    try {
      report = run(vch, pod, new PullReport(image, backend.datastore(), pulled), steps);
    } catch (RuntimeException | Error e) {
      deleteAfter(e, vch);
      throw e;
    }
    steps.time("delete", () -> vch.pods().delete(POD, Duration.ZERO));
    return report;
  }

  private RunReport run(VirtualContainerHost vch, Pod pod, PullReport pull, Steps steps) {
    String vm = backend.hypervisor().find(pod.vmId()).map(VmRecord::name).orElse(pod.vmId());
    PodStatus running = steps.time("start", () -> vch.pods().start(POD)).status();
    List<LogEntry> logs = List.of();
    Optional<Duration> timeout = backend.guestTimeout();
    if (timeout.isPresent()) {
      running =
          steps.time("await start", () -> vch.pods().awaitStarted(POD, timeout.orElseThrow()));
      logs = steps.time("logs", () -> logs(vch));
    }
    // Who was not waited for is not asked to end well.
    Duration grace = timeout.isPresent() ? GRACE : Duration.ZERO;
    PodStatus stopped = steps.time("stop", () -> vch.pods().stop(POD, grace)).status();
    return new RunReport(
        pull,
        new RunReport.Machine(vm, pod.vmId(), backend.hypervisor().name(), timeout.isPresent()),
        running,
        logs,
        stopped,
        steps);
  }

  /** Deletes the pod, also after an interruption, which must not leave its VM on the server. */
  private static void deleteAfter(Throwable failure, VirtualContainerHost vch) {
    boolean interrupted = Thread.interrupted();
    try {
      vch.pods().delete(POD, Duration.ZERO);
    } catch (VicException e) {
      failure.addSuppressed(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static List<LogEntry> logs(VirtualContainerHost vch) {
    List<LogEntry> entries = new ArrayList<>();
    try (LogReader reader = vch.pods().logs(POD, CONTAINER)) {
      Optional<LogEntry> entry = reader.next();
      while (entry.isPresent()) {
        entries.add(entry.get());
        entry = reader.next();
      }
    }
    return entries;
  }

  /** Three layers; the second takes away what the first has. */
  private static TestImage sampleImage() {
    return TestImage.builder()
        .layer(
            layer ->
                layer
                    .directory("etc")
                    .file("etc/motd", "Welcome to a pod VM.\n")
                    .file("etc/draft", "not for you\n"))
        .layer(layer -> layer.whiteout("etc/draft"))
        .layer(layer -> layer.file("bin/hello", "#!/bin/sh\ncat /etc/motd\n"))
        .entrypoint("/bin/hello")
        .env("GREETING", "hello")
        .build();
  }
}

package io.vic4j.testkit.demo;

import io.vic4j.core.Progress;
import io.vic4j.core.TimeSource;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.core.vm.LogEntry;
import io.vic4j.core.vm.LogReader;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.Signal;
import io.vic4j.image.PullResult;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.PodStatus;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.testkit.EmbeddedRegistry;
import io.vic4j.testkit.MemoryHypervisor;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.TestImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/** Takes a pod of one container through its life, over real disks and an in-memory hypervisor. */
final class PodLife {
  private static final PodKey POD = PodKey.of("demo");
  private static final String CONTAINER = "main";
  private static final Duration START_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final @Nullable Path folder;
  private final RegistryOptions registryOptions;
  private final Progress progress;

  /**
   * A life to be.
   *
   * @param folder where images and disks are kept; a new temporary folder if null
   */
  PodLife(@Nullable Path folder, RegistryOptions registryOptions, Progress progress) {
    this.folder = folder;
    this.registryOptions = registryOptions;
    this.progress = progress;
  }

  RunReport ofSampleImage() {
    try (EmbeddedRegistry registry = EmbeddedRegistry.start()) {
      return of(registry.add("demo/hello:1", sampleImage()).toString());
    }
  }

  RunReport of(String image) {
    LocalDatastore datastore = LocalDatastore.at(folder == null ? temporaryFolder() : folder);
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    try {
      TimeSource time = TimeSource.system(timer);
      MemoryHypervisor hypervisor =
          MemoryHypervisor.create(datastore, time, (vm, session) -> script(session));
      try (VirtualContainerHost vch =
          VirtualContainerHost.builder()
              .hypervisor(hypervisor)
              .datastore(datastore)
              .timeSource(time)
              .build()) {
        return live(vch, image, datastore);
      }
    } finally {
      timer.shutdownNow();
    }
  }

  private RunReport live(VirtualContainerHost vch, String image, LocalDatastore datastore) {
    Steps steps = new Steps(System::nanoTime);
    PullResult pulled =
        steps.time(
            "pull", () -> ImageArgument.pull(image, vch.images(), registryOptions, progress));
    PodSpec spec =
        PodSpec.builder(POD)
            .container(ContainerSpec.builder(pulled.image()).name(CONTAINER).build())
            .build();
    steps.time("create", () -> vch.pods().create(spec));
    try {
      steps.time("start", () -> vch.pods().start(POD));
      PodStatus running =
          steps.time("await start", () -> vch.pods().awaitStarted(POD, START_TIMEOUT));
      List<LogEntry> logs = steps.time("logs", () -> logs(vch));
      PodStatus stopped = steps.time("stop", () -> vch.pods().stop(POD, GRACE)).status();
      return new RunReport(new PullReport(image, datastore, pulled), running, logs, stopped, steps);
    } finally {
      steps.time("delete", () -> vch.pods().delete(POD, Duration.ZERO));
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

  private static Path temporaryFolder() {
    try {
      return Files.createTempDirectory("vic-demo-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the process in the in-memory VM does in place of the image's program. */
  private static Script script(SessionSpec session) {
    return Script.prints("scripted: " + String.join(" ", session.argv()))
        .printsError("scripted: waiting for SIGTERM")
        .runsForever()
        .onSignal(Signal.TERM, Script.prints("scripted: done").exits(0));
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

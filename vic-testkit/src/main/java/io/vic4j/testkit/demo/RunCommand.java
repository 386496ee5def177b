package io.vic4j.testkit.demo;

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
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The whole main job: an image becomes disks, and a pod lives over them. */
@Command(
    name = "run",
    description = {
      "Pull an image, make its layers disks, and take a pod over them through its life.",
      "The disks are real. The VM is in memory: what its process prints is scripted."
    },
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  private static final PodKey POD = PodKey.of("demo");
  private static final String CONTAINER = "main";
  private static final Duration START_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final Console console;

  @Option(
      names = "--image",
      paramLabel = "REF",
      description = {
        ImageArgument.DESCRIPTION,
        "Without it, a sample image is pulled from a registry within this process."
      })
  private @Nullable String image;

  @Option(
      names = "--store",
      paramLabel = "DIR",
      description = "The folder for images and disks; without it, a new temporary folder.")
  private @Nullable Path folder;

  @Option(names = "--json", description = "Print the result as JSON.")
  private boolean json;

  @Mixin private RegistryOptions registryOptions = new RegistryOptions();

  RunCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    String given = image;
    if (given != null) {
      return run(given);
    }
    try (EmbeddedRegistry registry = EmbeddedRegistry.start()) {
      return run(registry.add("demo/hello:1", sampleImage()).toString());
    }
  }

  private int run(String reference) {
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
        live(vch, reference, datastore);
      }
    } finally {
      timer.shutdownNow();
    }
    return 0;
  }

  private void live(VirtualContainerHost vch, String reference, LocalDatastore datastore) {
    Steps steps = new Steps(System::nanoTime);
    PullResult pulled =
        steps.time(
            "pull",
            () -> ImageArgument.pull(reference, vch.images(), registryOptions, console.progress()));
    RunReport report = new RunReport(reference, datastore, pulled, steps);
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
      report.ran(running, logs, stopped);
    } finally {
      steps.time("delete", () -> vch.pods().delete(POD, Duration.ZERO));
    }
    if (json) {
      console.json(report.json());
    } else {
      report.print(console);
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

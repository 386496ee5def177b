package io.vic4j.testkit.demo;

import io.vic4j.core.TimeSource;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.Signal;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.testkit.MemoryHypervisor;
import io.vic4j.testkit.Script;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/** Real disks in a local folder, and VMs in memory, whose processes are scripted. */
final class MemoryBackend implements Backend {
  private static final Duration START_TIMEOUT = Duration.ofSeconds(30);

  private final LocalDatastore datastore;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final TimeSource time = TimeSource.system(timer);
  private final MemoryHypervisor hypervisor;

  /**
   * A backend.
   *
   * @param folder where images and disks are kept; a new temporary folder if null
   */
  MemoryBackend(@Nullable Path folder) {
    datastore = LocalDatastore.at(folder(folder));
    hypervisor = MemoryHypervisor.create(datastore, time, (vm, session) -> script(session));
  }

  @Override
  public Hypervisor hypervisor() {
    return hypervisor;
  }

  @Override
  public LocalDatastore datastore() {
    return datastore;
  }

  @Override
  public VirtualContainerHost openHost() {
    return VirtualContainerHost.builder()
        .hypervisor(hypervisor)
        .datastore(datastore)
        .timeSource(time)
        .build();
  }

  @Override
  public Optional<Duration> guestTimeout() {
    return Optional.of(START_TIMEOUT);
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }

  /** The folder that somebody gave, or else a new temporary one. */
  static Path folder(@Nullable Path given) {
    if (given != null) {
      return given;
    }
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
}

package io.vic4j.testkit.demo;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.pod.VirtualContainerHost;
import java.time.Duration;
import java.util.Optional;

/** What the pod of a run stands on. Closing it ends what it holds; disks stay. */
sealed interface Backend extends AutoCloseable permits MemoryBackend, VsphereBackend {
  /** What runs the VM. */
  Hypervisor hypervisor();

  /** Where images and disks are kept. */
  Datastore datastore();

  /** A new virtual container host over both. The caller closes it, before this. */
  VirtualContainerHost openHost();

  /** How long the guest has to start the containers; empty if it is not waited for. */
  Optional<Duration> guestTimeout();

  @Override
  void close();
}

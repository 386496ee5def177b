package io.vic4j.testkit.readme;

import io.vic4j.core.ImageReference;
import io.vic4j.core.Progress;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.image.Image;
import io.vic4j.image.registry.RegistryClient;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.storage.LayerDisk;
import java.time.Duration;

/** The example of the README, between the two marks, so that it compiles and runs. */
final class ReadmeExample {
  private ReadmeExample() {}

  // README begins
  static ExitStatus runOnce(Hypervisor hypervisor, Datastore datastore, String reference) {
    try (RegistryClient registry = RegistryClient.builder().build();
        VirtualContainerHost vch =
            VirtualContainerHost.builder()
                .hypervisor(hypervisor)
                .datastore(datastore)
                .imageSources(registry)
                .build()) {
      Image image = vch.images().pull(ImageReference.parse(reference), Progress.NONE);
      for (LayerDisk disk : vch.images().layerDisks(image)) {
        System.out.println(disk.diffId() + " is " + disk.path());
      }
      ContainerVm vm =
          vch.containers().create(ContainerSpec.builder(image).env("MODE", "fast").build());
      vm.start();
      ExitStatus exit = vm.awaitExit(Duration.ofMinutes(5));
      vm.remove();
      return exit; // exited(code), signalled(signal) or unknown(reason)
    }
  }
  // README ends
}

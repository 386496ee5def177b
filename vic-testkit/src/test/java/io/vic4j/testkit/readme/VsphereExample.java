package io.vic4j.testkit.readme;

import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vsphere.ServerTrust;
import io.vic4j.core.vsphere.Vsphere;
import io.vic4j.core.vsphere.VsphereSettings;
import io.vic4j.core.vsphere.VsphereSettings.Credentials;
import io.vic4j.image.ImageSources;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.VirtualContainerHost;
import java.time.Duration;

/** The README's second example, which is compiled and run here. */
final class VsphereExample {
  private VsphereExample() {}

  // README begins
  static VsphereSettings settings(String server, Credentials credentials, String authority) {
    return VsphereSettings.builder(server, credentials) // https://vc.example
        .trust(ServerTrust.authorities(authority)) // or ServerTrust.thumbprint("3F:A0:…")
        .datacenter("DC0")
        .pool("DC0_C0") // a resource pool, a vApp, a cluster or a host
        .datastore("LocalDS_0")
        .network("VM Network")
        .build();
  }

  static ExitStatus runOnce(VsphereSettings settings, ImageSources registry, String reference) {
    try (Vsphere vsphere = Vsphere.open(settings); // or all that is wrong with them, in one list
        VirtualContainerHost vch =
            VirtualContainerHost.builder().vsphere(vsphere).imageSources(registry).build()) {
      ContainerVm vm = vch.containers().create(ContainerSpec.builder(reference).build());
      vm.start();
      return vm.awaitExit(Duration.ofMinutes(5));
    }
  }
  // README ends
}

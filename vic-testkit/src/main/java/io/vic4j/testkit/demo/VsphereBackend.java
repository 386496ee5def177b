package io.vic4j.testkit.demo;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vsphere.Vsphere;
import io.vic4j.core.vsphere.VsphereSettings;
import io.vic4j.pod.VirtualContainerHost;
import java.time.Duration;
import java.util.Optional;

/** A vCenter Server or an ESXi host. */
final class VsphereBackend implements Backend {
  private final Optional<Duration> guestTimeout;
  private final Vsphere vsphere;

  /** Logs in, and finds what the settings name. */
  VsphereBackend(VsphereSettings settings, Optional<Duration> guestTimeout) {
    this.guestTimeout = guestTimeout;
    this.vsphere = Vsphere.open(settings);
  }

  @Override
  public Hypervisor hypervisor() {
    return vsphere.hypervisor();
  }

  @Override
  public Datastore datastore() {
    return vsphere.datastore();
  }

  @Override
  public VirtualContainerHost openHost() {
    return VirtualContainerHost.builder().vsphere(vsphere).build();
  }

  @Override
  public Optional<Duration> guestTimeout() {
    return guestTimeout;
  }

  @Override
  public void close() {
    vsphere.close();
  }
}

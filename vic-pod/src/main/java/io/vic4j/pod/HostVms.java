package io.vic4j.pod;

import io.vic4j.core.IdSource;
import io.vic4j.core.TimeSource;
import io.vic4j.core.VchName;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.image.ImageStore;
import java.util.Set;
import java.util.TreeSet;

/**
 * The VMs of all hosts that stand on a hypervisor and a datastore.
 *
 * @param hypervisor what the VMs stand on
 * @param store whose scopes are hosts, too
 * @param unfinished knows the hosts on the datastore
 */
record HostVms(
    Hypervisor hypervisor, ImageStore store, Unfinished unfinished, TimeSource time, IdSource ids) {
  /** The names of all hosts that there are, or were. */
  Set<VchName> names() {
    Set<VchName> names = new TreeSet<>(unfinished.hosts());
    names.addAll(store.scopes());
    return names;
  }

  /** The VMs of one host; the caller closes them. */
  ContainerVms of(VchName host) {
    return ContainerVms.over(hypervisor, host.value(), time, ids);
  }
}

package io.vic4j.pod;

import io.vic4j.core.Digest;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.DiskAttachment.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which images and layer disks the VMs of all hosts on a hypervisor and a datastore need. */
final class LayersInUse {
  private final HostVms hosts;

  LayersInUse(HostVms hosts) {
    this.hosts = hosts;
  }

  /** Looks at the VMs of all hosts. */
  View open() {
    Owned owned = new Owned();
    try {
      List<ContainerVms> all = new ArrayList<>();
      for (VchName host : hosts.names()) {
        all.add(owned.add(hosts.of(host)));
      }
      return new View(owned, all);
    } catch (RuntimeException | Error e) {
      try (owned) {
        throw e;
      }
    }
  }

  /** The VMs of all hosts, as they are at any moment. */
  static final class View implements AutoCloseable {
    private final Owned owned;
    private final List<ContainerVms> hosts;

    private View(Owned owned, List<ContainerVms> hosts) {
      this.owned = owned;
      this.hosts = hosts;
    }

    /**
     * The images and layer disks that VMs need now. Looks anew each time: a VM may have been made
     * since the collection began, and its lease be over already.
     */
    Set<Digest> digests() {
      return hosts.stream()
          .flatMap(vms -> vms.list().stream())
          .flatMap(LayersInUse::needs)
          .collect(Collectors.toSet());
    }

    @Override
    public void close() {
      owned.close();
    }
  }

  /** The folders of the scratch disks that VMs have. */
  static Set<DatastorePath> scratchFolders(ContainerVms vms) {
    return vms.list().stream()
        .flatMap(vm -> vm.spec().disks().stream())
        .filter(disk -> disk.role().isOwn())
        .map(disk -> disk.vmdk().parent())
        .collect(Collectors.toSet());
  }

  private static Stream<Digest> needs(ContainerVm vm) {
    Stream<Digest> images =
        vm.spec().labels().entrySet().stream()
            .filter(label -> label.getKey().startsWith(Labels.IMAGE_ID))
            .map(label -> Digest.parse(label.getValue()));
    Stream<Digest> layers =
        vm.spec().disks().stream()
            .filter(disk -> disk.role() == Role.LAYER)
            .flatMap(LayersInUse::layer);
    return Stream.concat(images, layers);
  }

  /** The diff ID in a layer disk's place: {@code layers/<algorithm>/<hex>/layer.vmdk}. */
  private static Stream<Digest> layer(DiskAttachment disk) {
    List<String> names = disk.vmdk().names();
    if (names.size() < 3) {
      return Stream.empty();
    }
    String text = names.get(names.size() - 3) + ":" + names.get(names.size() - 2);
    try {
      return Stream.of(Digest.parse(text));
    } catch (InvalidArgumentException e) {
      return Stream.empty(); // A disk that is not from the store.
    }
  }
}

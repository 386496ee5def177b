package io.vic4j.pod;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.CancelledException;
import io.vic4j.core.Digest;
import io.vic4j.core.IdSource;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.NetworkAttachment;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.TooManyDisksException;
import io.vic4j.core.vm.VolumeMount;
import io.vic4j.image.Image;
import io.vic4j.image.ImageLease;
import io.vic4j.image.ImageSources;
import io.vic4j.image.ImageStore;
import io.vic4j.image.Images;
import io.vic4j.storage.FileDisks;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import io.vic4j.storage.ScratchDisks;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes VMs of images: all of a VM, or nothing. Thread-safe. */
final class VmAssembly {
  /*
   * The steps, and what undoes them:
   *
   *   1. The images are pulled, as the containers' policies say. A pull undoes itself.
   *   2. A lease on each image keeps its layers from being collected; only then one looks whether
   *      they are there. Closed at the end, however that is.
   *      Where there are more than the VM has slots for, adjacent ones are packed; a pack is kept as
   *      long as its layers are, so the leases protect it, too.
   *   3. Volumes are found, or made. Undone by removing those that were made, unless somebody uses
   *      them.
   *   4. A note says that scratch disks are to come, then they are made. Undone by removing them,
   *      then the note.
   *   5. The VM is made: the commit. From then on it protects its layers and volumes, and its
   *      scratch disks go with it. The hypervisor makes it whole or not at all, and lets one name be taken once.
   *   6. Note and leases go. Should that fail, the VM is there all the same: the note is swept later,
   *      and a lease that nobody renews runs out.
   */
  private static final Logger log = LoggerFactory.getLogger(VmAssembly.class);
  private static final String SCRATCH = "scratch";

  /** Parents first, so that a volume within another is mounted after it. */
  private static final Comparator<VolumeMount> BY_DEPTH =
      Comparator.comparingLong(mount -> mount.path().chars().filter(c -> c == '/').count());

  /** What all VMs of a host have in common. */
  record Settings(
      Optional<DatastorePath> bootstrapIso,
      List<NetworkAttachment> networks,
      long scratchBytes,
      IdSource ids) {}

  private record Scratch(DatastorePath folder, UUID fileSystem) {}

  private final ImagePulls pulls;
  private final Images images;
  private final ImageStore store;
  private final LayerDisks layerDisks;
  private final ScratchDisks scratchDisks;
  private final FileDisks fileDisks;
  private final Volumes volumes;
  private final Unfinished unfinished;
  private final ContainerVms vms;
  private final Settings settings;

  VmAssembly(
      ImagePulls pulls,
      Images images,
      ImageStore store,
      LayerDisks layerDisks,
      ScratchDisks scratchDisks,
      FileDisks fileDisks,
      Volumes volumes,
      Unfinished unfinished,
      ContainerVms vms,
      Settings settings) {
    this.pulls = pulls;
    this.images = images;
    this.store = store;
    this.layerDisks = layerDisks;
    this.scratchDisks = scratchDisks;
    this.fileDisks = fileDisks;
    this.volumes = volumes;
    this.unfinished = unfinished;
    this.vms = vms;
    this.settings = settings;
  }

  /** Makes the VM of a machine, of images from where the host has them. */
  ContainerVm make(Machine machine, Progress progress) {
    return make(machine, Optional.empty(), progress);
  }

  /** Makes the VM of a machine. */
  ContainerVm make(Machine machine, Optional<ImageSources> sources, Progress progress) {
    Map<String, Image> byName =
        pulls.pull(machine.containers().values(), sources, machine.title(), progress);
    Map<Digest, Image> byId = new LinkedHashMap<>();
    byName.values().forEach(image -> byId.put(image.id(), image));
    VolumePlan plan = VolumePlan.of(machine, byName);
    Optional<PodDisks> podDisks = machine.pod().map(PodDisks::new);

    List<ImageLease> leases = new ArrayList<>();
    Rollback rollback = new Rollback();
    rollback.onFailure(() -> leases.forEach(ImageLease::close));
    try {
      byId.values().forEach(image -> leases.add(store.lease(image.id(), image.diffIds())));
      Map<Digest, List<LayerDisk>> layers =
          layers(
              machine,
              byId,
              plan.disks() + podDisks.map(PodDisks::count).orElse(0),
              leases,
              progress);
      VolumePlan.Attachments attached = plan.attach(volumes, rollback);
      ContainerVm vm = make(machine, byName, layers, attached, podDisks, rollback);
      Rollback.undisturbed(() -> leases.forEach(VmAssembly::release));
      return vm;
    } catch (RuntimeException | Error e) {
      rollback.run(e);
      throw e;
    }
  }

  /**
   * Makes a pod's VM what the pod is to be now: what of it can change, and is different.
   *
   * @param sources where images come from that are new to it; where the host has its images from if
   *     empty
   */
  void revise(
      ContainerVm vm,
      PodSpec before,
      PodSpec next,
      Optional<ImageSources> sources,
      Progress progress) {
    Machine machine = Machine.of(next, new TreeMap<>());
    Map<String, ContainerSpec> others = new LinkedHashMap<>(machine.containers());
    before.allContainers().forEach(it -> others.values().remove(it));
    if (others.isEmpty() && before.activeDeadline().equals(next.activeDeadline())) {
      vm.relabel(Map.of(Labels.POD_SPEC, PodJson.write(next)));
      return;
    }
    Map<String, Image> byName = pulls.pull(others.values(), sources, machine.title(), progress);
    Map<Digest, Image> byId = new LinkedHashMap<>();
    byName.values().forEach(image -> byId.put(image.id(), image));
    List<ImageLease> leases = new ArrayList<>();
    try {
      byId.values().forEach(image -> leases.add(store.lease(image.id(), image.diffIds())));
      Map<Digest, List<LayerDisk>> layers = furtherLayers(vm, byId, leases, progress);
      vm.revise(now -> revised(now, machine, next, others, byName, layers));
    } finally {
      Rollback.undisturbed(() -> leases.forEach(VmAssembly::release));
    }
  }

  private Map<Digest, List<LayerDisk>> furtherLayers(
      ContainerVm vm, Map<Digest, Image> byId, List<ImageLease> leases, Progress progress) {
    try {
      return layers(byId, vm.spec().disks().size(), leases, progress);
    } catch (TooManyDisksException e) {
      throw new TooManyDisksException(
          e.count(), "those of images that it had before stay in it: make another pod");
    }
  }

  private static ContainerVmSpec revised(
      ContainerVmSpec now,
      Machine machine,
      PodSpec next,
      Map<String, ContainerSpec> others,
      Map<String, Image> byName,
      Map<Digest, List<LayerDisk>> layers) {
    ContainerVmSpec.Builder vm = now.toBuilder();
    layers.values().stream()
        .flatMap(List::stream)
        .map(disk -> DiskAttachment.layer(disk.path(), disk.fileSystemUuid()))
        .distinct()
        .filter(disk -> !now.disks().contains(disk))
        .forEach(vm::disk);
    for (SessionSpec session : now.sessions()) {
      ContainerSpec container = others.get(session.name());
      if (container != null) {
        Image image = of(byName, container.image());
        SessionSpec.Builder other =
            session(machine, session.name(), container, image, of(layers, image.id()));
        session.scratch().ifPresent(other::scratch);
        session.mounts().forEach(other::mount);
        vm.replaceSession(other.build());
        note(vm, session.name(), image);
      }
    }
    next.activeDeadline().ifPresent(vm::deadline);
    return vm.label(Labels.POD_SPEC, PodJson.write(next)).build();
  }

  private Map<Digest, List<LayerDisk>> layers(
      Machine machine,
      Map<Digest, Image> byId,
      int volumeDisks,
      List<ImageLease> leases,
      Progress progress) {
    long scratches =
        machine.containers().values().stream().filter(spec -> !spec.readOnlyRoot()).count();
    return layers(byId, (int) scratches + volumeDisks, leases, progress);
  }

  /** The disks to attach for each image, no more together than there are slots for. */
  private Map<Digest, List<LayerDisk>> layers(
      Map<Digest, Image> byId, int otherDisks, List<ImageLease> leases, Progress progress) {
    List<DiskStack> stacks = new ArrayList<>();
    byId.values().forEach(image -> stacks.add(DiskStack.of(image, images.layerDisks(image))));
    List<DiskStack> fitting =
        new SlotPlan(stacks)
            .fit(
                TooManyDisksException.LIMIT,
                otherDisks,
                pack -> {
                  leases.forEach(ImageLease::renew);
                  return layerDisks.pack(pack, progress);
                });
    Map<Digest, List<LayerDisk>> layers = new LinkedHashMap<>();
    for (DiskStack stack : fitting) {
      layers.put(stack.imageId(), stack.all());
    }
    return layers;
  }

  private ContainerVm make(
      Machine machine,
      Map<String, Image> byName,
      Map<Digest, List<LayerDisk>> layers,
      VolumePlan.Attachments attached,
      Optional<PodDisks> podDisks,
      Rollback rollback) {
    String id = settings.ids().next().substring(0, 32);
    List<Scratch> scratches = new ArrayList<>();
    ContainerVmSpec spec = spec(machine, byName, layers, attached, podDisks, id, scratches);
    CancelledException.throwIfInterrupted("creation of", machine);
    List<DatastorePath> folders = new ArrayList<>(scratches.stream().map(Scratch::folder).toList());
    podDisks.ifPresent(disks -> folders.addAll(disks.folders(own -> unfinished.folder(id, own))));
    if (!folders.isEmpty()) {
      rollback.onFailure(() -> unfinished.abandon(id, folders));
      unfinished.begin(id);
    }
    for (Scratch scratch : scratches) {
      scratchDisks.create(scratch.folder(), SCRATCH, settings.scratchBytes(), scratch.fileSystem());
    }
    podDisks.ifPresent(
        disks ->
            disks.create(
                scratchDisks,
                fileDisks,
                settings.scratchBytes(),
                own -> unfinished.folder(id, own)));
    ContainerVm vm = create(machine, spec);
    if (!folders.isEmpty()) {
      Rollback.undisturbed(() -> unfinished.finish(id));
    }
    return vm;
  }

  private ContainerVm create(Machine machine, ContainerVmSpec spec) {
    try {
      return vms.create(spec);
    } catch (AlreadyExistsException e) {
      throw new AlreadyExistsException(machine.kind(), machine.title(), e);
    }
  }

  private ContainerVmSpec spec(
      Machine machine,
      Map<String, Image> byName,
      Map<Digest, List<LayerDisk>> layers,
      VolumePlan.Attachments attached,
      Optional<PodDisks> podDisks,
      String id,
      List<Scratch> scratches) {
    ContainerVmSpec.Builder vm =
        ContainerVmSpec.builder(machine.vmName())
            .cpus(machine.cpus())
            .memory(machine.memory())
            .labels(machine.labels());
    machine.hostname().ifPresent(vm::hostname);
    settings.bootstrapIso().ifPresent(vm::bootstrapIso);
    settings.networks().forEach(vm::network);
    for (ContainerSpec container : machine.containers().values()) {
      container.options().extraHosts().forEach(vm::host);
      container.options().searchDomains().forEach(vm::search);
    }
    layers.values().stream()
        .flatMap(List::stream)
        .map(disk -> DiskAttachment.layer(disk.path(), disk.fileSystemUuid()))
        .distinct()
        .forEach(vm::disk);
    attached.disks().forEach(vm::disk);
    podDisks.ifPresent(disks -> disks.addTo(vm, own -> unfinished.folder(id, own)));
    machine.pod().ifPresent(pod -> share(pod, vm));
    machine
        .containers()
        .forEach(
            (name, container) -> {
              Image image = of(byName, container.image());
              SessionSpec.Builder session =
                  session(machine, name, container, image, of(layers, image.id()));
              if (!container.readOnlyRoot()) {
                Scratch scratch =
                    new Scratch(
                        unfinished.folder(id, name),
                        ScratchDisks.fileSystemUuid(scratches.size() + 1));
                scratches.add(scratch);
                vm.disk(
                    DiskAttachment.scratch(
                        scratch.folder().resolve(SCRATCH + ".vmdk"), scratch.fileSystem()));
                session.scratch(scratch.fileSystem());
              }
              List<VolumeMount> mounts = new ArrayList<>();
              podDisks.ifPresent(disks -> mounts.addAll(disks.mounts(container)));
              mounts.addAll(attached.mounts().getOrDefault(name, List.of()));
              mounts.sort(BY_DEPTH);
              mounts.forEach(session::mount);
              vm.session(session.build());
              note(vm, name, image);
            });
    return vm.build();
  }

  /** Notes on a VM which image a session of it is made of. */
  private static void note(ContainerVmSpec.Builder vm, String session, Image image) {
    String id = image.id().toString();
    vm.label(Labels.IMAGE_ID + session, id);
    vm.label(Labels.IMAGE_PIN + session, image.pinned().map(Object::toString).orElse(id));
  }

  /** What runs of an image, without what it writes to. */
  private static SessionSpec.Builder session(
      Machine machine, String name, ContainerSpec container, Image image, List<LayerDisk> layers) {
    return Processes.session(name, container, image.config(), machine.hostname())
        .restartPolicy(container.restartPolicy().orElse(machine.restartPolicy()))
        .readOnlyRoot(container.readOnlyRoot())
        .layers(layers.stream().map(LayerDisk::fileSystemUuid).toList());
  }

  /** What the containers of a pod have together. */
  private static void share(PodSpec pod, ContainerVmSpec.Builder vm) {
    pod.domain().ifPresent(vm::domain);
    pod.hosts().forEach(vm::host);
    pod.resolver().nameservers().forEach(vm::nameserver);
    pod.resolver().searches().forEach(vm::search);
    pod.resolver().options().forEach(vm::resolverOption);
    pod.activeDeadline().ifPresent(vm::deadline);
  }

  private static <K, V> V of(Map<K, V> map, K key) {
    V value = map.get(key);
    if (value == null) {
      throw new NotFoundException("image", key.toString());
    }
    return value;
  }

  private static void release(ImageLease lease) {
    try {
      lease.close();
    } catch (RuntimeException first) {
      try {
        lease.close();
      } catch (RuntimeException e) {
        log.warn("a lease on an image stays until it runs out", e);
      }
    }
  }
}

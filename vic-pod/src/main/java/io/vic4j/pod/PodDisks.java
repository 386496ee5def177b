package io.vic4j.pod;

import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.InvalidSpecException;
import io.vic4j.core.vm.MemoryVolume;
import io.vic4j.core.vm.VolumeMount;
import io.vic4j.storage.FileDisks;
import io.vic4j.storage.ScratchDisks;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Function;

/**
 * The volumes that come and go with a pod: which file systems they are, and the disks that hold
 * them. All given files share one disk, a folder for each volume.
 */
final class PodDisks {
  private static final String NAME = "volume";
  private static final String FILES = "files";

  /** An empty disk of the pod's own. */
  private record EmptyDisk(String volume, UUID fileSystem, OptionalLong sizeBytes) {}

  private final PodSpec pod;
  private final Map<String, EmptyDisk> empties = new LinkedHashMap<>();
  private final Map<String, MemoryVolume> memories = new LinkedHashMap<>();
  private final List<FileDisks.Entry> files = new ArrayList<>();
  private final UUID filesFileSystem = ScratchDisks.volumeUuid(1);

  PodDisks(PodSpec pod) {
    this.pod = pod;
    int number = 2;
    for (PodVolume volume : pod.volumes()) {
      if (volume instanceof PodVolume.Empty empty) {
        UUID fileSystem = ScratchDisks.volumeUuid(number++);
        if (empty.memory()) {
          memories.put(empty.name(), new MemoryVolume(fileSystem, empty.sizeBytes()));
        } else {
          empties.put(empty.name(), new EmptyDisk(empty.name(), fileSystem, empty.sizeBytes()));
        }
      } else if (volume instanceof PodVolume.Files given) {
        given.files().forEach(file -> files.add(entry(given, file)));
      }
    }
  }

  private FileDisks.Entry entry(PodVolume.Files volume, PodFile file) {
    ByteBuffer content =
        file.content()
            .orElseThrow(
                () ->
                    new InvalidSpecException(
                        "volumes[" + volume.name() + "]",
                        "what is in file '"
                            + file.path()
                            + "' is not given; a pod that was asked for does not tell it"));
    // Root owns them; the group, where there is one, may read what root may.
    int mode = pod.fsGroup().isPresent() ? file.mode() | (file.mode() & 0400) >> 3 : file.mode();
    return new FileDisks.Entry(
        volume.name() + "/" + file.path(), content, mode, pod.fsGroup().orElse(0));
  }

  /** How many disks it takes. */
  int count() {
    return empties.size() + (files.isEmpty() ? 0 : 1);
  }

  /** The folders of its disks. */
  List<DatastorePath> folders(Function<String, DatastorePath> folder) {
    List<DatastorePath> all = new ArrayList<>();
    empties.keySet().forEach(name -> all.add(folder.apply(NAME + "." + name)));
    if (!files.isEmpty()) {
      all.add(folder.apply(FILES));
    }
    return all;
  }

  /** Adds its disks and its volumes in memory to a VM. */
  void addTo(ContainerVmSpec.Builder vm, Function<String, DatastorePath> folder) {
    memories.values().forEach(vm::memoryVolume);
    empties.forEach(
        (name, disk) ->
            vm.disk(
                DiskAttachment.scratch(
                    folder.apply(NAME + "." + name).resolve(NAME + ".vmdk"), disk.fileSystem())));
    if (!files.isEmpty()) {
      vm.disk(
          DiskAttachment.scratch(folder.apply(FILES).resolve(FILES + ".vmdk"), filesFileSystem));
    }
  }

  /** Makes its disks. */
  void create(
      ScratchDisks scratchDisks,
      FileDisks fileDisks,
      long defaultBytes,
      Function<String, DatastorePath> folder) {
    empties.forEach(
        (name, disk) ->
            scratchDisks.create(
                folder.apply(NAME + "." + name),
                NAME,
                disk.sizeBytes().orElse(defaultBytes),
                disk.fileSystem()));
    if (!files.isEmpty()) {
      fileDisks.create(folder.apply(FILES), FILES, filesFileSystem, files);
    }
  }

  /** Where a container sees them. */
  List<VolumeMount> mounts(ContainerSpec container) {
    Map<String, PodVolume> byName = new LinkedHashMap<>();
    pod.volumes().forEach(volume -> byName.put(volume.name(), volume));
    List<VolumeMount> mounts = new ArrayList<>();
    for (ContainerMount mount : container.options().mounts()) {
      PodVolume volume = byName.get(mount.volume());
      if (volume instanceof PodVolume.Files) {
        boolean any = files.stream().anyMatch(it -> it.path().startsWith(volume.name() + "/"));
        if (any) {
          String path =
              mount.subPath().isEmpty() ? volume.name() : volume.name() + "/" + mount.subPath();
          mounts.add(
              new VolumeMount(
                  filesFileSystem, mount.path(), true, path, false, OptionalLong.empty()));
        }
      } else if (volume instanceof PodVolume.Empty) {
        mounts.add(
            new VolumeMount(
                fileSystem(volume.name()),
                mount.path(),
                mount.readOnly(),
                mount.subPath(),
                false,
                pod.fsGroup()));
      }
    }
    return mounts;
  }

  private UUID fileSystem(String volume) {
    EmptyDisk disk = empties.get(volume);
    MemoryVolume memory = memories.get(volume);
    if (disk != null) {
      return disk.fileSystem();
    }
    if (memory != null) {
      return memory.fileSystem();
    }
    throw new IllegalStateException("a volume that is not this pod's: " + volume);
  }
}

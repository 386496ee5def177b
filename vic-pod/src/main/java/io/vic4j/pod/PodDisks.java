package io.vic4j.pod;

import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.MemoryVolume;
import io.vic4j.core.vm.VolumeMount;
import io.vic4j.storage.FileDisks;
import io.vic4j.storage.ScratchDisks;
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

  /** The file system that has the given files. */
  static final UUID FILES_FILE_SYSTEM = ScratchDisks.volumeUuid(1);

  /** An empty disk of the pod's own. */
  private record EmptyDisk(String volume, UUID fileSystem, OptionalLong sizeBytes) {}

  private final PodSpec pod;
  private final Map<String, EmptyDisk> empties = new LinkedHashMap<>();
  private final Map<String, MemoryVolume> memories = new LinkedHashMap<>();
  private final List<String> fileVolumes;
  private final List<FileDisks.Entry> files;

  PodDisks(PodSpec pod) {
    this.pod = pod;
    GivenFiles given = new GivenFiles(pod);
    this.fileVolumes = given.volumes();
    this.files = given.entries();
    int number = 2;
    for (PodVolume volume : pod.volumes()) {
      if (volume instanceof PodVolume.Empty empty) {
        UUID fileSystem = ScratchDisks.volumeUuid(number++);
        if (empty.memory()) {
          memories.put(empty.name(), new MemoryVolume(fileSystem, empty.sizeBytes()));
        } else {
          empties.put(empty.name(), new EmptyDisk(empty.name(), fileSystem, empty.sizeBytes()));
        }
      }
    }
  }

  /** How many disks it takes. */
  int count() {
    return empties.size() + (fileVolumes.isEmpty() ? 0 : 1);
  }

  /** The folders of its disks. */
  List<DatastorePath> folders(Function<String, DatastorePath> folder) {
    List<DatastorePath> all = new ArrayList<>();
    empties.keySet().forEach(name -> all.add(folder.apply(NAME + "." + name)));
    if (!fileVolumes.isEmpty()) {
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
    if (!fileVolumes.isEmpty()) {
      vm.disk(
          DiskAttachment.files(folder.apply(FILES).resolve(FILES + ".vmdk"), FILES_FILE_SYSTEM));
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
    if (!fileVolumes.isEmpty()) {
      fileDisks.create(folder.apply(FILES), FILES, FILES_FILE_SYSTEM, fileVolumes, files);
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
        String path =
            mount.subPath().isEmpty() ? volume.name() : volume.name() + "/" + mount.subPath();
        mounts.add(
            new VolumeMount(
                FILES_FILE_SYSTEM, mount.path(), true, path, false, OptionalLong.empty()));
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

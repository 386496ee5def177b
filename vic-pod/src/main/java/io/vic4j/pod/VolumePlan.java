package io.vic4j.pod;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.InvalidSpecException;
import io.vic4j.core.vm.VolumeMount;
import io.vic4j.image.Image;
import io.vic4j.storage.volume.Volume;
import io.vic4j.storage.volume.VolumeSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Which volumes of the host a VM gets, and where its containers see them. As with Docker, an
 * image's own volumes are anonymous ones, unless the container has something at that path.
 */
final class VolumePlan {
  /**
   * A volume that a container wants.
   *
   * @param volume its name; empty for one that is made for this container
   * @param made whether it is made if it is not there
   */
  private record Wanted(
      Optional<String> volume,
      String path,
      boolean readOnly,
      String subPath,
      boolean made,
      OptionalLong group) {
    static Wanted of(ContainerVolume volume) {
      return new Wanted(
          volume.volume(), volume.path(), volume.readOnly(), "", true, OptionalLong.empty());
    }

    /** A pod's volumes are given nothing that the image has, as Kubernetes has it. */
    VolumeMount mount(Volume found) {
      return new VolumeMount(found.fileSystemUuid(), path, readOnly, subPath, made, group);
    }
  }

  private final Map<String, List<Wanted>> byContainer;

  private VolumePlan(Map<String, List<Wanted>> byContainer) {
    this.byContainer = byContainer;
  }

  /**
   * What a machine wants.
   *
   * @param images its images, by what its containers call them
   */
  static VolumePlan of(Machine machine, Map<String, Image> images) {
    Map<String, List<Wanted>> wanted = new LinkedHashMap<>();
    machine
        .containers()
        .forEach(
            (name, container) -> {
              List<Wanted> volumes = new ArrayList<>();
              Set<String> paths = new HashSet<>();
              container.volumes().forEach(volume -> volumes.add(Wanted.of(volume)));
              machine.pod().ifPresent(pod -> volumes.addAll(named(pod, container)));
              volumes.forEach(volume -> paths.add(volume.path()));
              container.options().mounts().forEach(mount -> paths.add(mount.path()));
              container.options().tmpfs().forEach(mount -> paths.add(mount.path()));
              Image image = images.get(container.image());
              if (image != null) {
                for (String path : image.config().volumes()) {
                  ContainerVolume own = ofImage(name, container, path);
                  if (paths.add(own.path())) {
                    volumes.add(Wanted.of(own));
                  }
                }
              }
              wanted.put(name, List.copyOf(volumes));
            });
    return new VolumePlan(wanted);
  }

  /** The volumes of the host that a container of a pod mounts. */
  private static List<Wanted> named(PodSpec pod, ContainerSpec container) {
    List<Wanted> wanted = new ArrayList<>();
    for (ContainerMount mount : container.options().mounts()) {
      for (PodVolume volume : pod.volumes()) {
        if (volume instanceof PodVolume.Named named && named.name().equals(mount.volume())) {
          wanted.add(
              new Wanted(
                  Optional.of(named.volume()),
                  mount.path(),
                  named.readOnly() || mount.readOnly(),
                  mount.subPath(),
                  false,
                  pod.fsGroup()));
        }
      }
    }
    return wanted;
  }

  private static ContainerVolume ofImage(String name, ContainerSpec container, String path) {
    try {
      return new ContainerVolume(Optional.empty(), path.startsWith("/") ? path : "/" + path, false);
    } catch (InvalidSpecException e) {
      throw new InvalidSpecException(
          "containers[" + name + "].volumes",
          "image " + container.image() + " wants a volume at '" + path + "', which cannot be");
    }
  }

  /** How many disks it takes: each named volume one, whoever shares it. */
  int disks() {
    Set<Object> all = new HashSet<>();
    byContainer.values().forEach(volumes -> volumes.forEach(volume -> all.add(key(volume))));
    return all.size();
  }

  /** One for each anonymous volume; the same for all that name the same. */
  private static Object key(Wanted volume) {
    return volume.volume().<Object>map(name -> name).orElseGet(Object::new);
  }

  /**
   * What a VM gets.
   *
   * @param disks the disks to attach
   * @param mounts where each container sees volumes
   */
  record Attachments(List<DiskAttachment> disks, Map<String, List<VolumeMount>> mounts) {}

  /**
   * Finds the volumes, and makes those that are not there.
   *
   * @param rollback removes those that were made, unless somebody else uses them by then
   */
  Attachments attach(Volumes volumes, Rollback rollback) {
    Map<String, Volume> named = new LinkedHashMap<>();
    Set<String> written = new HashSet<>();
    List<DiskAttachment> disks = new ArrayList<>();
    Map<String, List<VolumeMount>> mounts = new LinkedHashMap<>();
    byContainer.forEach(
        (container, wanted) -> {
          List<VolumeMount> own = new ArrayList<>();
          for (Wanted each : wanted) {
            Volume volume =
                each.volume().isPresent()
                    ? named.computeIfAbsent(
                        each.volume().get(),
                        name -> findOrMake(volumes, name, each.made(), rollback))
                    : make(volumes, VolumeSpec.anonymous().build(), rollback);
            if (each.volume().isEmpty()) {
              disks.add(DiskAttachment.volume(volume.path(), volume.fileSystemUuid()));
            } else if (!each.readOnly()) {
              written.add(volume.name());
            }
            own.add(each.mount(volume));
          }
          mounts.put(container, own);
        });
    named.forEach(
        (name, volume) ->
            disks.add(
                written.contains(name)
                    ? DiskAttachment.volume(volume.path(), volume.fileSystemUuid())
                    : DiskAttachment.readOnlyVolume(volume.path(), volume.fileSystemUuid())));
    return new Attachments(disks, mounts);
  }

  private static Volume findOrMake(Volumes volumes, String name, boolean make, Rollback rollback) {
    Optional<Volume> there = volumes.find(name);
    if (there.isPresent()) {
      return there.get();
    }
    if (!make) {
      throw new NotFoundException("volume", name);
    }
    try {
      return make(volumes, VolumeSpec.builder(name).build(), rollback);
    } catch (AlreadyExistsException e) {
      return volumes.get(name); // Somebody else was faster.
    }
  }

  private static Volume make(Volumes volumes, VolumeSpec spec, Rollback rollback) {
    Volume made = volumes.create(spec);
    rollback.onFailure(() -> removeUnlessUsed(volumes, made));
    return made;
  }

  static void removeUnlessUsed(Volumes volumes, Volume volume) {
    try {
      volumes.remove(volume.name());
    } catch (ConflictException | NotFoundException e) {
      // Somebody else has it, or has removed it.
    }
  }
}

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
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which volumes a VM gets, and where its containers see them. As with Docker, an image's own
 * volumes are anonymous ones, unless the container has a volume at that path.
 */
final class VolumePlan {
  /** Parents first, so that a volume within another is mounted after it. */
  private static final Comparator<ContainerVolume> BY_DEPTH =
      Comparator.comparingLong(volume -> volume.path().chars().filter(c -> c == '/').count());

  private final Map<String, List<ContainerVolume>> byContainer;

  private VolumePlan(Map<String, List<ContainerVolume>> byContainer) {
    this.byContainer = byContainer;
  }

  /**
   * What a machine wants.
   *
   * @param images its images, by what its containers call them
   */
  static VolumePlan of(Machine machine, Map<String, Image> images) {
    Map<String, List<ContainerVolume>> wanted = new LinkedHashMap<>();
    machine
        .containers()
        .forEach(
            (name, container) -> {
              List<ContainerVolume> volumes = new ArrayList<>(container.volumes());
              Set<String> paths = new HashSet<>();
              volumes.forEach(volume -> paths.add(volume.path()));
              container.options().tmpfs().forEach(mount -> paths.add(mount.path()));
              Image image = images.get(container.image());
              if (image != null) {
                for (String path : image.config().volumes()) {
                  ContainerVolume own = ofImage(name, container, path);
                  if (paths.add(own.path())) {
                    volumes.add(own);
                  }
                }
              }
              volumes.sort(BY_DEPTH);
              wanted.put(name, List.copyOf(volumes));
            });
    return new VolumePlan(wanted);
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
  private static Object key(ContainerVolume volume) {
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
          for (ContainerVolume each : wanted) {
            Volume volume =
                each.volume().isPresent()
                    ? named.computeIfAbsent(
                        each.volume().get(), name -> findOrMake(volumes, name, rollback))
                    : make(volumes, VolumeSpec.anonymous().build(), rollback);
            if (each.volume().isEmpty()) {
              disks.add(DiskAttachment.volume(volume.path(), volume.fileSystemUuid()));
            } else if (!each.readOnly()) {
              written.add(volume.name());
            }
            own.add(new VolumeMount(volume.fileSystemUuid(), each.path(), each.readOnly()));
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

  private static Volume findOrMake(Volumes volumes, String name, Rollback rollback) {
    Optional<Volume> there = volumes.find(name);
    if (there.isPresent()) {
      return there.get();
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

package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimVolumeSource;
import io.fabric8.kubernetes.api.model.ProjectedVolumeSource;
import io.fabric8.kubernetes.api.model.Volume;
import io.vic4j.core.NotFoundException;
import io.vic4j.pod.PodFile;
import io.vic4j.pod.PodVolume;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The volumes of a pod. What the table refuses is not looked at here. */
final class PodVolumes {
  /** The least and the most that a disk of this library holds. */
  private static final long MIN_DISK = 16L << 20;

  private static final long MAX_DISK = 8L << 40;

  private final Context context;
  private final VolumeFiles files;

  PodVolumes(Context context, FieldValues fields) {
    this.context = context;
    this.files = new VolumeFiles(context, fields);
  }

  List<PodVolume> all() {
    List<PodVolume> all = new ArrayList<>();
    Set<String> names = new HashSet<>();
    List<Volume> given = Given.list(context.spec().getVolumes());
    for (int i = 0; i < given.size(); i++) {
      Volume volume = given.get(i);
      String path = "spec.volumes[" + i + "]";
      String name = Given.text(volume.getName(), "");
      if (context.checked(path + ".name", () -> PodVolume.Empty.of(name)).isEmpty()) {
        continue;
      }
      if (!names.add(name)) {
        context.problems().invalid(path + ".name", "Duplicate value: \"" + name + "\"");
      }
      volume(volume, name, path).ifPresent(all::add);
    }
    return all;
  }

  /**
   * The files of one volume.
   *
   * @throws NotFoundException if the pod has no volume of this name that has files
   */
  List<PodFile> files(String name) {
    List<Volume> given = Given.list(context.spec().getVolumes());
    for (int i = 0; i < given.size(); i++) {
      if (name.equals(given.get(i).getName())
          && volume(given.get(i), name, "spec.volumes[" + i + "]").orElse(null)
              instanceof PodVolume.Files found) {
        return found.files();
      }
    }
    throw new NotFoundException("volume of files", name);
  }

  private Optional<PodVolume> volume(Volume volume, String name, String path) {
    long sources =
        Stream.of(
                volume.getEmptyDir(),
                volume.getConfigMap(),
                volume.getSecret(),
                volume.getDownwardAPI(),
                volume.getProjected(),
                volume.getPersistentVolumeClaim())
            .filter(Objects::nonNull)
            .count();
    if (sources > 1) {
      context.problems().invalid(path, "may not specify more than 1 volume type");
      return Optional.empty();
    }
    if (volume.getPersistentVolumeClaim() != null) {
      return claim(volume.getPersistentVolumeClaim(), name, path + ".persistentVolumeClaim");
    }
    if (volume.getConfigMap() != null) {
      return given(name, files.configMap(volume.getConfigMap(), path + ".configMap"));
    }
    if (volume.getSecret() != null) {
      return given(name, files.secret(volume.getSecret(), path + ".secret"));
    }
    if (volume.getDownwardAPI() != null) {
      return given(name, files.downward(volume.getDownwardAPI(), path + ".downwardAPI"));
    }
    if (volume.getProjected() != null) {
      ProjectedVolumeSource projected = volume.getProjected();
      return given(name, files.projected(projected, path + ".projected"));
    }
    // The API server makes an emptyDir of a volume that says nothing.
    return empty(
        Given.orElse(volume.getEmptyDir(), new EmptyDirVolumeSource()), name, path + ".emptyDir");
  }

  private static Optional<PodVolume> given(String name, List<PodFile> files) {
    return Optional.of(new PodVolume.Files(name, files));
  }

  private Optional<PodVolume> empty(EmptyDirVolumeSource empty, String name, String path) {
    String medium = Given.text(empty.getMedium(), "");
    boolean memory = medium.equals("Memory");
    if (!memory && !medium.isEmpty()) {
      context.problems().unsupported(path + ".medium", "want Memory or none, not " + medium);
    }
    OptionalLong size = OptionalLong.empty();
    if (empty.getSizeLimit() != null) {
      try {
        long bytes = ContainerResources.bytes(empty.getSizeLimit());
        if (bytes < 0 || bytes > MAX_DISK) {
          context.problems().invalid(path + ".sizeLimit", "want 0 to 8Ti");
        }
        if (bytes > 0) {
          size = OptionalLong.of(memory ? bytes : Math.max(bytes, MIN_DISK));
        }
      } catch (IllegalArgumentException | ArithmeticException e) {
        context.problems().invalid(path + ".sizeLimit", "it is no quantity");
      }
    }
    return Optional.of(new PodVolume.Empty(name, memory, size));
  }

  private Optional<PodVolume> claim(
      PersistentVolumeClaimVolumeSource given, String name, String path) {
    @Nullable String claimName = given.getClaimName();
    if (claimName == null || claimName.isEmpty()) {
      context.problems().invalid(path + ".claimName", "Required value");
      return Optional.empty();
    }
    Optional<PodSources.Claim> claim = context.sources().claim(context.namespace(), claimName);
    if (claim.isEmpty()) {
      context
          .problems()
          .missing(path, "persistentvolumeclaim \"" + claimName + "\" not found, or not bound");
      return Optional.empty();
    }
    boolean readOnly = claim.get().readOnly() || Given.isTrue(given.getReadOnly());
    return context.checked(path, () -> new PodVolume.Named(name, claim.get().volume(), readOnly));
  }
}

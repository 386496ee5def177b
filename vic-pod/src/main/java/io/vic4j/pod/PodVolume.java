package io.vic4j.pod;

import io.vic4j.core.vm.InvalidSpecException;
import io.vic4j.storage.volume.VolumeSpec;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * A volume of a pod, which its containers mount by its name. Unlike {@linkplain Volumes volumes of
 * the host}, but for {@link Named}, it comes and goes with the pod. Immutable.
 */
public sealed interface PodVolume {
  /** What the containers' mounts call it: a DNS label. */
  String name();

  /**
   * Empty when the pod is made, and written by its containers. On a disk it stays while the pod is
   * stopped; in memory it is empty at each start.
   *
   * @param name what mounts call it
   * @param memory whether it is in the VM's memory
   * @param sizeBytes how much it holds: on a disk 16 MiB or more; empty for the size of scratch
   *     disks, or half of the memory
   */
  record Empty(String name, boolean memory, OptionalLong sizeBytes) implements PodVolume {
    /** Checks name and size. */
    public Empty {
      Rules.check(name);
      if (sizeBytes.orElse(1) < 1) {
        throw new InvalidSpecException("volumes[" + name + "]", "it has no size");
      }
    }

    /** One on a disk, of the size of scratch disks. */
    public static Empty of(String name) {
      return new Empty(name, false, OptionalLong.empty());
    }
  }

  /**
   * Given files, only to be read. {@link PodLifecycle#updateFiles} gives others to a pod that runs.
   *
   * @param name what mounts call it
   * @param files the files
   */
  record Files(String name, List<PodFile> files) implements PodVolume {
    /** Copies the list, and checks the name. */
    public Files {
      files = List.copyOf(files);
      Rules.check(name);
    }
  }

  /**
   * A volume of the host, which outlives the pod and must be there.
   *
   * @param name what mounts call it
   * @param volume its name among the host's
   * @param readOnly whether all containers may only read it
   */
  record Named(String name, String volume, boolean readOnly) implements PodVolume {
    /** Checks both names. */
    public Named {
      Rules.check(name);
      VolumeSpec.checkName(volume);
    }
  }

  /** What the records check. */
  final class Rules {
    private static final Pattern NAME = Pattern.compile("[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?");

    private Rules() {}

    static void check(String name) {
      if (!NAME.matcher(name).matches()) {
        throw new InvalidSpecException(
            "volumes", "'" + name + "' is no volume's name (want small letters, digits and -)");
      }
    }
  }
}

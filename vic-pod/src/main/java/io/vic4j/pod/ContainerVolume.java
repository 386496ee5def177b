package io.vic4j.pod;

import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.vm.InvalidSpecException;
import io.vic4j.storage.volume.VolumeSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where a container wants a volume.
 *
 * @param volume the volume's name; empty for one that is made for this container
 * @param path where it is mounted in the container: absolute, not {@code /}; slashes that say
 *     nothing are dropped
 * @param readOnly whether the container may only read it
 */
public record ContainerVolume(Optional<String> volume, String path, boolean readOnly) {
  /**
   * Checks name and path.
   *
   * @throws InvalidSpecException if one of them cannot be
   */
  public ContainerVolume {
    try {
      volume.ifPresent(VolumeSpec::checkName);
    } catch (InvalidArgumentException e) {
      throw new InvalidSpecException("volumes", String.valueOf(e.getMessage()));
    }
    path = normalized(path);
  }

  /** A volume of this name, read and written at this path. */
  public static ContainerVolume of(String volume, String path) {
    return new ContainerVolume(Optional.of(volume), path, false);
  }

  static String normalized(String path) {
    List<String> names = new ArrayList<>();
    for (String name : path.split("/", -1)) {
      if (!name.isEmpty()) {
        names.add(name);
      }
    }
    boolean plain =
        path.startsWith("/")
            && path.indexOf('\0') < 0
            && !names.isEmpty()
            && !names.contains(".")
            && !names.contains("..");
    if (!plain) {
      throw new InvalidSpecException(
          "volumes", "'" + path + "' is no place for a volume (want an absolute path, not /)");
    }
    return "/" + String.join("/", names);
  }
}

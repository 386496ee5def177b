package io.vic4j.pod;

import io.vic4j.core.vm.InvalidSpecException;
import io.vic4j.core.vm.TmpfsMount;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Where things are to be mounted in a container: at each path one. */
final class MountPaths {
  private final Set<String> taken = new HashSet<>();

  private MountPaths() {}

  /**
   * Looks whether all have a path of their own.
   *
   * @throws InvalidSpecException if not; it names the first one
   */
  static void check(List<ContainerVolume> volumes, ProcessOptions options) {
    MountPaths paths = new MountPaths();
    for (ContainerVolume volume : volumes) {
      paths.take(volume.path(), "volumes", "two volumes are");
    }
    for (ContainerMount mount : options.mounts()) {
      paths.take(mount.path(), "mounts", "something else is");
    }
    for (TmpfsMount mount : options.tmpfs()) {
      paths.take(mount.path(), "tmpfs", "something else is");
    }
  }

  private void take(String path, String field, String others) {
    if (!taken.add(path)) {
      throw new InvalidSpecException(field, others + " to be mounted at '" + path + "'");
    }
  }
}

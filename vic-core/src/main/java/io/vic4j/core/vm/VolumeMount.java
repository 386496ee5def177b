package io.vic4j.core.vm;

import java.util.UUID;

/**
 * Where one session sees a volume.
 *
 * @param fileSystem the UUID of the volume's file system, which must be among the VM's disks
 * @param path where in the session's root it is mounted: absolute
 * @param readOnly whether this session may only read it
 */
public record VolumeMount(UUID fileSystem, String path, boolean readOnly) {
  /** Checks the path. */
  public VolumeMount {
    if (!path.startsWith("/") || path.equals("/") || path.indexOf('\0') >= 0) {
      throw new InvalidSpecException(
          "mounts", "'" + path + "' is no place for a volume (want an absolute path, not /)");
    }
  }
}

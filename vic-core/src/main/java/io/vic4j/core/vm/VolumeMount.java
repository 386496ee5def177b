package io.vic4j.core.vm;

import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * Where one session sees a volume, or a part of it.
 *
 * @param fileSystem the UUID of the volume's file system, which must be among the VM's disks or its
 *     {@linkplain MemoryVolume volumes in memory}
 * @param path where in the session's root it is mounted: absolute
 * @param readOnly whether this session may only read it
 * @param subPath which file or folder of the volume it is: relative; the whole volume where empty.
 *     A folder that is not there is made, if the volume can be written; links in it lead to nowhere
 *     outside of the volume
 * @param seeded whether an empty volume is given first what the image has at the path, as with
 *     Docker
 * @param group which group is given the volume's files, and those that come to be in it, so that it
 *     may read and write them; nothing is done about it where empty, or if the volume cannot be
 *     written
 */
public record VolumeMount(
    UUID fileSystem,
    String path,
    boolean readOnly,
    String subPath,
    boolean seeded,
    OptionalLong group) {
  private static final long MAX_GROUP = 0xFFFFFFFEL;

  /** Checks paths and group. */
  public VolumeMount {
    check(
        path.startsWith("/") && !path.equals("/") && path.indexOf('\0') < 0,
        "'" + path + "' is no place for a volume (want an absolute path, not /)");
    check(
        !subPath.startsWith("/")
            && subPath.indexOf('\0') < 0
            && !List.of(subPath.split("/", -1)).contains(".."),
        "'" + subPath + "' is no path within a volume (want a relative one, without ..)");
    check(
        group.orElse(0) >= 0 && group.orElse(0) <= MAX_GROUP,
        group.orElse(0) + " is no group's number");
  }

  /** The whole of a volume, given what the image has if it is empty, as with Docker. */
  public VolumeMount(UUID fileSystem, String path, boolean readOnly) {
    this(fileSystem, path, readOnly, "", true, OptionalLong.empty());
  }

  private static void check(boolean right, String problem) {
    if (!right) {
      throw new InvalidSpecException("mounts", problem);
    }
  }
}

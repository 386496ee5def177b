package io.vic4j.pod;

/**
 * Where a container of a pod sees one of the pod's volumes, or a part of it.
 *
 * @param volume the {@link PodVolume}'s name
 * @param path where in the container: absolute, not {@code /}
 * @param subPath which file or folder of the volume: relative, without {@code ..}; all of it where
 *     empty. A folder that is not there is made, if the container may write
 * @param readOnly whether the container may only read it
 */
public record ContainerMount(String volume, String path, String subPath, boolean readOnly) {
  /** Checks the path, and drops slashes in it that say nothing. */
  public ContainerMount {
    path = ContainerVolume.normalized(path);
  }

  /** All of a volume, read and written where the volume can be. */
  public static ContainerMount of(String volume, String path) {
    return new ContainerMount(volume, path, "", false);
  }
}

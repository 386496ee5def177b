package io.vic4j.core.vm;

/**
 * Reads the files of a container VM that is off from its disks. The core knows no file systems; who
 * does gives one of these to {@link ContainerVms}. Thread-safe.
 */
public interface DiskFiles {
  /**
   * A file or folder, with all below it.
   *
   * @param vm what has the disks
   * @param session whose root file system is meant
   * @param path absolute, in that root
   * @param followLink whether a symbolic link at the path stands for what it points to
   * @throws io.vic4j.core.NotFoundException if there is none
   * @throws io.vic4j.core.CorruptException if a disk cannot be made sense of
   */
  CopiedFiles copyOut(ContainerVmSpec vm, SessionSpec session, String path, boolean followLink);
}

package io.vic4j.core.vm;

import io.vic4j.core.datastore.DatastorePath;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Set;

/**
 * Reads and changes the files of a container VM that is off, on its disks. The core knows no file
 * systems; who does gives one of these to {@link ContainerVms}. Thread-safe.
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

  /**
   * Unpacks a tar, as {@link ContainerVm#copyIn} says, beside the disks: they stay as they are
   * until the change is published. The caller closes it.
   *
   * @param vm what has the disks
   * @param session whose root file system is meant
   * @param path absolute, in that root: of a folder
   * @param tar read to its end; stays the caller's
   * @throws IOException if reading the tar fails
   */
  Change copyIn(ContainerVmSpec vm, SessionSpec session, String path, InputStream tar)
      throws IOException;

  /**
   * Puts right what a program has left that ended while it published a change. Called when a VM
   * could not be powered on, before that is tried once more.
   *
   * @return whether there was something to put right
   */
  boolean settle(ContainerVmSpec vm);

  /** Disks that are written anew, and not in use yet. For one thread. */
  interface Change extends Closeable {
    /** The disks that it changes; none if the tar was empty. */
    Set<DatastorePath> disks();

    /**
     * Puts all of them in place.
     *
     * @param check is run when nobody can open the disks any more; if it throws, they are as they
     *     were
     * @throws io.vic4j.core.ConflictException if one of them was changed meanwhile
     */
    void publish(Runnable check);

    /** Forgets it, unless it was published. Closing twice is fine. */
    @Override
    void close();
  }
}

package io.vic4j.core.vm;

import io.vic4j.core.datastore.DatastorePath;
import java.util.UUID;

/**
 * One disk of a VM. The guest finds it by the UUID of its file system, wherever it is plugged in.
 *
 * @param vmdk the disk's VMDK (its descriptor, where it has one) in the datastore
 * @param fileSystem the UUID of the ext4 file system on it
 * @param role what the disk is to the VM
 */
public record DiskAttachment(DatastorePath vmdk, UUID fileSystem, Role role) {
  /** What a disk is to a VM: who else uses it, and what becomes of it. */
  public enum Role {
    /** A layer, read-only, shared by many VMs; never deleted with one. */
    LAYER(true),
    /** What one VM writes: its own, kept while it is stopped, deleted with it. */
    SCRATCH(false),
    /**
     * Files that one VM is given, and only reads: its own, as a scratch disk is. Each folder of it
     * is a volume, whose files can be {@linkplain ContainerVm#replaceFiles replaced} while the VM
     * runs.
     */
    FILES(false),
    /** Data that outlives the VM, read and written by this VM alone; never deleted with it. */
    VOLUME(false),
    /** Data that outlives the VM, which many VMs may read at once; never deleted with one. */
    READ_ONLY_VOLUME(true);

    private final boolean readOnly;

    Role(boolean readOnly) {
      this.readOnly = readOnly;
    }

    /** Whether the VM can only read it, so that others may read it, too. */
    public boolean isReadOnly() {
      return readOnly;
    }

    /** Whether it is one VM's alone, and deleted with it. */
    public boolean isOwn() {
      return this == SCRATCH || this == FILES;
    }

    /** Whether it is a volume, read-only or not. */
    public boolean isVolume() {
      return this == VOLUME || this == READ_ONLY_VOLUME;
    }
  }

  /** Checks that a VM's own disk has a folder of its own, for that is deleted with it. */
  public DiskAttachment {
    if (vmdk.isRoot()) {
      throw new InvalidSpecException("disks", "the root of a datastore is no disk");
    }
    if (role.isOwn() && vmdk.parent().isRoot()) {
      throw new InvalidSpecException(
          "disks",
          "disk " + vmdk + " of the VM's own needs a folder of its own, which goes with it");
    }
  }

  /** A layer's disk, shared and read-only. */
  public static DiskAttachment layer(DatastorePath vmdk, UUID fileSystem) {
    return new DiskAttachment(vmdk, fileSystem, Role.LAYER);
  }

  /**
   * A scratch disk, which becomes the VM's own. It stands in a folder of its own, and the folder
   * with all that is in it is deleted with the VM.
   */
  public static DiskAttachment scratch(DatastorePath vmdk, UUID fileSystem) {
    return new DiskAttachment(vmdk, fileSystem, Role.SCRATCH);
  }

  /** A disk of files, which becomes the VM's own as a {@linkplain #scratch scratch disk} does. */
  public static DiskAttachment files(DatastorePath vmdk, UUID fileSystem) {
    return new DiskAttachment(vmdk, fileSystem, Role.FILES);
  }

  /** A volume, read and written. */
  public static DiskAttachment volume(DatastorePath vmdk, UUID fileSystem) {
    return new DiskAttachment(vmdk, fileSystem, Role.VOLUME);
  }

  /** A volume, only read. */
  public static DiskAttachment readOnlyVolume(DatastorePath vmdk, UUID fileSystem) {
    return new DiskAttachment(vmdk, fileSystem, Role.READ_ONLY_VOLUME);
  }
}

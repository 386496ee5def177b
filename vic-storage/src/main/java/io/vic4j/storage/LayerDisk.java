package io.vic4j.storage;

import io.vic4j.core.Digest;
import io.vic4j.core.datastore.DatastorePath;
import java.util.List;
import java.util.UUID;

/**
 * One layer of an image as a disk that machines share and none writes: an ext4 file system in a
 * flat VMDK, on a {@link io.vic4j.core.datastore.Datastore}. Made and found by {@link LayerDisks}.
 *
 * <p>The disk holds exactly what the layer's tar says, nothing of the layers below. Joined by
 * overlayfs, uppermost layer first, the disks of an image are its root file system: what a layer
 * deletes is a character device 0:0 in it, and a directory whose lower content it hides carries the
 * extended attribute {@code trusted.overlay.opaque}. Where a machine has fewer slots for disks than
 * an image has layers, {@linkplain LayerDisks#pack adjacent layers share one disk}. Where layers
 * have directories that they only imply, a {@linkplain LayerDisks#seam seam} goes on top of them.
 *
 * <p>A layer disk is whole, durable and unchanging from the moment it can be seen. It depends on
 * its tar alone, to the last byte, the file system's UUID included: so a guest finds its disks by
 * UUID, in whatever order they are attached, and a disk made elsewhere is the same disk.
 *
 * <p>Immutable, and safe for use by several threads. A disk that somebody {@linkplain
 * LayerDisks#remove removed} in the meantime leaves this object naming a path where nothing is.
 */
public interface LayerDisk {
  /**
   * What the disk is found by: the layer's diff ID, which is the digest of its uncompressed tar;
   * for a disk of {@linkplain LayerDisks#pack several layers} and a {@linkplain LayerDisks#seam
   * seam}, a digest that stands for them.
   */
  Digest diffId();

  /**
   * The diff IDs of the layers whose content is in it, lowest first: one, except for a disk that
   * was packed or flattened. For a seam, those of the layers that it goes on.
   */
  List<Digest> layers();

  /** The VMDK's descriptor: what is attached to a machine. */
  DatastorePath path();

  /**
   * The flat extent: the file system as it is, which can be mounted as a loop device or read with
   * {@code io.vic4j.storage.ext4}. It lies beside the descriptor. Where the datastore {@linkplain
   * io.vic4j.core.datastore.VirtualDisks keeps virtual disks}, it depends on the kind of storage
   * whether it is there: it is on VMFS and NFS, and is not on vSAN.
   */
  DatastorePath extentPath();

  /** The UUID of the ext4 file system; derived from {@link #diffId}. */
  UUID fileSystemUuid();

  /** How large a disk a machine sees, in bytes. Parts never written are holes in the datastore. */
  long capacityBytes();

  /** How many bytes the uncompressed tars had. */
  long tarBytes();

  /**
   * How many entries the tars had, whiteouts included; 0 for an empty layer. For a seam, how many
   * directories it holds.
   */
  long entries();

  /**
   * How many directories on it have no entry in a tar: missing parents, which belong to root, with
   * mode 0755 and the time 1970. In a stack, {@link LayerDisks#seam} gives them the attributes that
   * a layer below has for them.
   */
  long impliedDirectories();
}

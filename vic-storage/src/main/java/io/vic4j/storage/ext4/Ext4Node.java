package io.vic4j.storage.ext4;

/**
 * What {@link Ext4Reader} finds out about an inode without looking at its content.
 *
 * @param inode its number
 * @param type what it is
 * @param attributes permissions, owner, times and extended attributes; where the file system does
 *     not keep when it was created, that is when it was last changed
 * @param sizeBytes how long its content is, holes included; of a symbolic link, its target
 * @param links how many names it has; 1 for a directory with more links than ext4 counts
 * @param deviceMajor the major number of a device, else 0
 * @param deviceMinor the minor number of a device, else 0
 */
public record Ext4Node(
    long inode,
    Ext4FileType type,
    Ext4Attributes attributes,
    long sizeBytes,
    int links,
    int deviceMajor,
    int deviceMinor) {
  /** Whether this is a directory. */
  public boolean isDirectory() {
    return type == Ext4FileType.DIRECTORY;
  }
}

package io.vic4j.storage.ext4;

import io.vic4j.core.OutOfSpaceException;
import io.vic4j.core.VicException;
import io.vic4j.storage.ext4.Ext4LimitException.Limit;

/**
 * How large the file system may become and where its fixed structures lie.
 *
 * <p>With a fixed size, the superblock and the group descriptors have backups in the groups 1 and
 * those that are powers of 3, 5 and 7 ("sparse_super"), since what will be written there is worth
 * repairing. Without, there are none ("sparse_super2" without backup groups): the content can be
 * had again, the number of descriptors is not known in advance, and files stay in one piece.
 */
final class Geometry {
  private static final int DESCRIPTORS_PER_BLOCK = Layout.BLOCK_BYTES / Layout.Group.BYTES;

  /** A last group with less room than this beside its backup is left off, as mke2fs does. */
  private static final int MIN_LAST_GROUP_BLOCKS = 64;

  private final boolean fixed;
  private final long limitBlocks;
  private final int groups;
  private final int descriptorBlocks;

  Geometry(Ext4Options options) {
    fixed = options.sizeBytes().isPresent();
    long blocks = options.sizeBytes().orElse(options.sizeLimitBytes()) >>> Layout.BLOCK_SHIFT;
    int descriptors = descriptorBlocks(groups(blocks));
    long rest = blocks % Layout.BLOCKS_PER_GROUP;
    if (fixed && groups(blocks) > 1 && rest > 0 && rest < 1 + descriptors + MIN_LAST_GROUP_BLOCKS) {
      blocks -= rest;
    }
    limitBlocks = blocks;
    groups = groups(blocks);
    descriptorBlocks = descriptorBlocks(groups);
  }

  /** How many groups this many blocks make. */
  static int groups(long blocks) {
    return (int) ((blocks + Layout.BLOCKS_PER_GROUP - 1) / Layout.BLOCKS_PER_GROUP);
  }

  /** How many blocks the descriptors of this many groups take. */
  static int descriptorBlocks(int groups) {
    return (groups + DESCRIPTORS_PER_BLOCK - 1) / DESCRIPTORS_PER_BLOCK;
  }

  /** Whether the size was fixed in advance. */
  boolean fixed() {
    return fixed;
  }

  /** The fixed size, or how large the file system may grow. */
  long limitBlocks() {
    return limitBlocks;
  }

  /** Refuses a size beyond the limit. */
  void checkLimit(long blocks) {
    if (blocks > limitBlocks) {
      throw full();
    }
  }

  /** The error for content that does not fit. */
  VicException full() {
    String size = (limitBlocks << Layout.BLOCK_SHIFT) + " bytes";
    return fixed
        ? new OutOfSpaceException("the file system of " + size + " is full: make it larger", null)
        : new Ext4LimitException(
            Limit.FILE_SYSTEM_SIZE, "the content needs more than the size limit of " + size);
  }

  /** The number of groups in {@link #limitBlocks}. */
  int limitGroups() {
    return groups;
  }

  /** The superblock and the room for descriptors, at the start of the disk and of each backup. */
  long headBlocks() {
    return 1L + descriptorBlocks;
  }

  /** Whether a group begins with a superblock, which group 0 always does. */
  boolean hasBackup(int group) {
    return group == 0
        || (fixed && (group == 1 || isPower(group, 3) || isPower(group, 5) || isPower(group, 7)));
  }

  private static boolean isPower(int number, int base) {
    int rest = number;
    while (rest % base == 0) {
      rest /= base;
    }
    return rest == 1;
  }

  /** The first block at or after this one where a backup begins; past all if there is none. */
  long nextBackup(long block) {
    for (int group = groups(block); fixed && group < groups; group++) {
      if (hasBackup(group)) {
        return (long) group * Layout.BLOCKS_PER_GROUP;
      }
    }
    return Long.MAX_VALUE;
  }
}

package io.vic4j.storage.ext4;

import io.vic4j.storage.ext4.Layout.Xattr;
import java.util.Arrays;

/**
 * The different sets of extended attributes. Each is kept once, however many inodes have it, and
 * has one block on the disk for up to 1024 of them, if it needs one.
 */
final class XattrTable {
  private final ByteArena arena = new ByteArena();
  private int[] place = new int[16];
  private int[] length = new int[16];
  private int[] references = new int[16];
  private int[] firstBlock = new int[16];
  private int[] encoded = new int[16];
  private int[] chain = new int[16];
  private int[] buckets = new int[16];
  private int end = 1;

  /** The number of this set, 0 for none; counts one more inode that has it. */
  int acquire(Ext4Xattrs xattrs) {
    if (xattrs.isEmpty()) {
      return 0;
    }
    byte[] set = XattrSet.serialize(xattrs);
    int hash = Arrays.hashCode(set);
    int found = buckets[bucket(hash)];
    while (found != 0 && !isSet(found, set)) {
      found = chain[found];
    }
    int result = found == 0 ? add(set, hash) : found;
    references[result]++;
    return result;
  }

  /** One inode less has this set. */
  void release(int set) {
    if (set != 0) {
      references[set]--;
    }
  }

  private boolean isSet(int candidate, byte[] set) {
    int at = place[candidate];
    return Arrays.equals(arena.array(), at, at + length[candidate], set, 0, set.length);
  }

  private int add(byte[] set, int hash) {
    if (end == place.length) {
      int grown = end * 2;
      place = Arrays.copyOf(place, grown);
      length = Arrays.copyOf(length, grown);
      references = Arrays.copyOf(references, grown);
      firstBlock = Arrays.copyOf(firstBlock, grown);
      encoded = Arrays.copyOf(encoded, grown);
      chain = Arrays.copyOf(chain, grown);
      rehash(grown);
    }
    int added = end++;
    place[added] = arena.reserve(set.length);
    length[added] = set.length;
    System.arraycopy(set, 0, arena.array(), place[added], set.length);
    chain[added] = buckets[bucket(hash)];
    buckets[bucket(hash)] = added;
    return added;
  }

  private void rehash(int size) {
    buckets = new int[size];
    for (int set = 1; set < end; set++) {
      int hash = 1;
      for (int i = place[set]; i < place[set] + length[set]; i++) {
        hash = 31 * hash + arena.array()[i]; // As Arrays.hashCode has it.
      }
      chain[set] = buckets[bucket(hash)];
      buckets[bucket(hash)] = set;
    }
  }

  private int bucket(int hash) {
    return (hash ^ (hash >>> 16)) & (buckets.length - 1);
  }

  /** A set as it was given. */
  Ext4Xattrs decode(int set) {
    return set == 0 ? Ext4Xattrs.none() : XattrSet.decode(arena.array(), place[set]);
  }

  /** Fills in the part of a set that stands in an inode. */
  void encodeBody(int set, byte[] target, int offset) {
    XattrSet.encodeBody(arena.array(), place[set], target, offset);
  }

  /** Writes the blocks of all sets that are in use and need one. */
  void writeBlocks(BlockAllocator allocator, BlockStream stream, MetadataChecksum checksum) {
    byte[] block = new byte[Layout.BLOCK_BYTES];
    for (int set = 1; set < end; set++) {
      if (references[set] == 0) {
        continue;
      }
      Arrays.fill(block, (byte) 0);
      int hash = XattrSet.encodeBlock(arena.array(), place[set], block);
      if (block[Xattr.BLOCK_HEADER_BYTES + Xattr.NAME_INDEX] == 0) {
        continue; // All of it stands in the inode.
      }
      LittleEndian.putInt(block, 0, Xattr.MAGIC_VALUE);
      LittleEndian.putInt(block, Xattr.BLOCK_BLOCKS, 1);
      LittleEndian.putInt(block, Xattr.BLOCK_HASH, hash);
      int blocks = (references[set] + Xattr.MAX_REFERENCES - 1) / Xattr.MAX_REFERENCES;
      long first = allocator.takeRun(blocks);
      firstBlock[set] = (int) first;
      stream.seek(first);
      for (int i = 0; i < blocks; i++) {
        int left = references[set] - i * Xattr.MAX_REFERENCES;
        LittleEndian.putInt(block, Xattr.BLOCK_REFERENCES, Math.min(left, Xattr.MAX_REFERENCES));
        LittleEndian.putInt(block, Xattr.BLOCK_CHECKSUM, 0);
        LittleEndian.putInt(block, Xattr.BLOCK_CHECKSUM, checksum.ofXattrBlock(first + i, block));
        stream.put(block, 0, Layout.BLOCK_BYTES);
      }
    }
  }

  /**
   * The block for the next inode that has this set, 0 if it needs none; each inode asks once, after
   * {@link #writeBlocks}.
   */
  int nextBlock(int set) {
    int first = firstBlock[set];
    return first == 0 ? 0 : first + encoded[set]++ / Xattr.MAX_REFERENCES;
  }
}

package io.vic4j.storage.ext4;

import io.vic4j.storage.ext4.Ext4LimitException.Limit;
import io.vic4j.storage.ext4.Layout.Xattr;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The different sets of extended attributes. Each is kept once, however many inodes have it, and
 * has one block on the disk for up to 1024 of them, if it needs one.
 *
 * <p>Attributes are sorted as a block wants them: by the number of the prefix, the length of the
 * name and the name. Those that fit into the inode, in that order, stand there; the others stand in
 * the block.
 *
 * <p>A set is kept in the arena as a count of attributes and for each: prefix number, length of the
 * name, two bytes of length of the value, name, value as it stands on the disk.
 */
final class XattrTable {
  static final int BODY_BYTES =
      Layout.Inode.BYTES - Layout.Inode.GOOD_OLD_BYTES - Layout.Inode.EXTRA_BYTES;

  private static final int END_BYTES = 4;
  private static final int BODY_SPACE = BODY_BYTES - Xattr.BODY_HEADER_BYTES - END_BYTES;
  private static final int BLOCK_SPACE = Layout.BLOCK_BYTES - Xattr.BLOCK_HEADER_BYTES - END_BYTES;

  private final ByteArena arena = new ByteArena();
  private int[] place = new int[16];
  private int[] length = new int[16];
  private int[] references = new int[16];
  private int[] firstBlock = new int[16];
  private int[] encoded = new int[16];
  private int[] chain = new int[16];
  private int[] buckets = new int[16];
  private int end = 1;

  /** One attribute as the disk has it. */
  private static final class Attribute {
    static final Comparator<Attribute> ON_DISK =
        Comparator.comparingInt((Attribute a) -> a.prefix.index())
            .thenComparingInt(a -> a.name.length)
            .thenComparing(a -> a.name, Arrays::compareUnsigned);

    final XattrNames prefix;
    final byte[] name;
    final byte[] value;

    Attribute(XattrNames prefix, byte[] name, byte[] value) {
      this.prefix = prefix;
      this.name = name;
      this.value = value;
    }
  }

  /** The number of this set, 0 for none; counts one more inode that has it. */
  int acquire(Ext4Xattrs xattrs) {
    if (xattrs.isEmpty()) {
      return 0;
    }
    byte[] set = serialize(xattrs);
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

  private static byte[] serialize(Ext4Xattrs xattrs) {
    List<Attribute> sorted = new ArrayList<>();
    xattrs.forEach(
        (name, value) -> {
          XattrNames prefix = XattrNames.of(name);
          byte[] bytes = name.substring(prefix.prefix().length()).getBytes(StandardCharsets.UTF_8);
          if (bytes.length > Layout.MAX_NAME_BYTES) {
            throw tooLarge("the name '" + name + "' has more than 255 bytes");
          }
          if (value.length > BLOCK_SPACE) {
            throw tooLarge("'" + name + "' has " + value.length + " bytes");
          }
          sorted.add(
              new Attribute(prefix, bytes, prefix.isAcl() ? PosixAcl.toDisk(name, value) : value));
        });
    sorted.sort(Attribute.ON_DISK);
    int bytes = 1;
    int body = BODY_SPACE;
    int block = BLOCK_SPACE;
    for (Attribute attribute : sorted) {
      int space = space(attribute.name.length, attribute.value.length);
      if (space <= body) {
        body -= space;
      } else {
        block -= space;
      }
      bytes += 4 + attribute.name.length + attribute.value.length;
    }
    if (block < 0) {
      throw tooLarge("together they need " + -block + " bytes more than there are");
    }
    byte[] set = new byte[bytes];
    set[0] = (byte) sorted.size();
    int at = 1;
    for (Attribute attribute : sorted) {
      set[at] = (byte) attribute.prefix.index();
      set[at + 1] = (byte) attribute.name.length;
      LittleEndian.putShort(set, at + 2, attribute.value.length);
      System.arraycopy(attribute.name, 0, set, at + 4, attribute.name.length);
      at += 4 + attribute.name.length;
      System.arraycopy(attribute.value, 0, set, at, attribute.value.length);
      at += attribute.value.length;
    }
    return set;
  }

  private static Ext4LimitException tooLarge(String why) {
    return new Ext4LimitException(
        Limit.XATTRS, "extended attributes do not fit into an inode and one block: " + why);
  }

  private static int space(int nameBytes, int valueBytes) {
    return Xattr.ENTRY_BYTES + pad(nameBytes) + pad(valueBytes);
  }

  private static int pad(int bytes) {
    return (bytes + 3) & ~3;
  }

  /** A set as it was given. */
  Ext4Xattrs decode(int set) {
    Ext4Xattrs xattrs = Ext4Xattrs.none();
    if (set == 0) {
      return xattrs;
    }
    byte[] bytes = arena.array();
    int at = place[set] + 1;
    for (int i = bytes[place[set]] & 0xFF; i > 0; i--) {
      XattrNames prefix = XattrNames.ofIndex(bytes[at]);
      int nameBytes = bytes[at + 1] & 0xFF;
      int valueAt = at + 4 + nameBytes;
      int valueEnd = valueAt + LittleEndian.getShort(bytes, at + 2);
      byte[] value = Arrays.copyOfRange(bytes, valueAt, valueEnd);
      xattrs =
          xattrs.with(
              prefix.prefix() + new String(bytes, at + 4, nameBytes, StandardCharsets.UTF_8),
              prefix.isAcl() ? PosixAcl.fromDisk(value) : value);
      at = valueEnd;
    }
    return xattrs;
  }

  /** Fills in the part that stands in an inode. */
  void encodeBody(int set, byte[] target, int offset) {
    LittleEndian.putInt(target, offset, Xattr.MAGIC_VALUE);
    int base = offset + Xattr.BODY_HEADER_BYTES;
    encode(set, false, target, base, base, offset + BODY_BYTES);
  }

  /** Writes the blocks of all sets that are in use and need one. */
  void writeBlocks(BlockAllocator allocator, BlockStream stream, MetadataChecksum checksum) {
    byte[] block = new byte[Layout.BLOCK_BYTES];
    for (int set = 1; set < end; set++) {
      if (references[set] == 0) {
        continue;
      }
      Arrays.fill(block, (byte) 0);
      int hash = encode(set, true, block, Xattr.BLOCK_HEADER_BYTES, 0, Layout.BLOCK_BYTES);
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

  /**
   * Writes entries from the start of a region and values from its end.
   *
   * @param inBlock which part of the set
   * @param base what offsets of values count from
   * @return the hash of all entries
   */
  private int encode(int set, boolean inBlock, byte[] target, int from, int base, int to) {
    byte[] bytes = arena.array();
    int body = BODY_SPACE;
    int entry = from;
    int value = to;
    int hash = 0;
    int at = place[set] + 1;
    for (int i = bytes[place[set]] & 0xFF; i > 0; i--) {
      int nameBytes = bytes[at + 1] & 0xFF;
      int valueBytes = LittleEndian.getShort(bytes, at + 2);
      int space = space(nameBytes, valueBytes);
      boolean fitsBody = space <= body;
      body -= fitsBody ? space : 0;
      if (fitsBody != inBlock) {
        value -= pad(valueBytes);
        System.arraycopy(bytes, at + 4 + nameBytes, target, value, valueBytes);
        target[entry + Xattr.NAME_LENGTH] = (byte) nameBytes;
        target[entry + Xattr.NAME_INDEX] = bytes[at];
        LittleEndian.putShort(
            target, entry + Xattr.VALUE_OFFSET, valueBytes == 0 ? 0 : value - base);
        LittleEndian.putInt(target, entry + Xattr.VALUE_SIZE, valueBytes);
        System.arraycopy(bytes, at + 4, target, entry + Xattr.ENTRY_BYTES, nameBytes);
        int entryHash = hash(target, entry + Xattr.ENTRY_BYTES, nameBytes, value, valueBytes);
        LittleEndian.putInt(target, entry + Xattr.HASH, entryHash);
        hash = Integer.rotateLeft(hash, 16) ^ entryHash;
        entry += Xattr.ENTRY_BYTES + pad(nameBytes);
      }
      at += 4 + nameBytes + valueBytes;
    }
    return hash;
  }

  /** The hash of an entry; what pads the value is zeros. */
  private static int hash(byte[] source, int name, int nameBytes, int value, int valueBytes) {
    int hash = 0;
    for (int i = name; i < name + nameBytes; i++) {
      hash = Integer.rotateLeft(hash, 5) ^ (source[i] & 0xFF);
    }
    for (int i = value; i < value + valueBytes; i += 4) {
      hash = Integer.rotateLeft(hash, 16) ^ LittleEndian.getInt(source, i);
    }
    return hash;
  }
}

package io.vic4j.storage.ext4;

import io.vic4j.storage.ext4.Ext4LimitException.Limit;
import io.vic4j.storage.ext4.Layout.Xattr;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * How one set of extended attributes stands on the disk.
 *
 * <p>Attributes are sorted as a block wants them: by the number of the prefix, the length of the
 * name and the name. Those that fit into the inode, in that order, stand there; the others stand in
 * the block.
 *
 * <p>Until it is written, a set is a string of bytes: a count of attributes and for each its prefix
 * number, length of the name, two bytes of length of the value, name, and value as it stands on the
 * disk.
 */
final class XattrSet {
  static final int BODY_BYTES =
      Layout.Inode.BYTES - Layout.Inode.GOOD_OLD_BYTES - Layout.Inode.EXTRA_BYTES;

  private static final int END_BYTES = 4;
  private static final int BODY_SPACE = BODY_BYTES - Xattr.BODY_HEADER_BYTES - END_BYTES;
  private static final int BLOCK_SPACE = Layout.BLOCK_BYTES - Xattr.BLOCK_HEADER_BYTES - END_BYTES;

  private XattrSet() {}

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

  /**
   * Sorts and checks a set, and gives it in the form that this class works on.
   *
   * @throws Ext4LimitException if it has a name that ext4 cannot keep, or is too large
   */
  static byte[] serialize(Ext4Xattrs xattrs) {
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
  static Ext4Xattrs decode(byte[] bytes, int place) {
    Ext4Xattrs xattrs = Ext4Xattrs.none();
    int at = place + 1;
    for (int i = bytes[place] & 0xFF; i > 0; i--) {
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
  static void encodeBody(byte[] bytes, int place, byte[] target, int offset) {
    LittleEndian.putInt(target, offset, Xattr.MAGIC_VALUE);
    int base = offset + Xattr.BODY_HEADER_BYTES;
    encode(bytes, place, false, target, base, base, offset + BODY_BYTES);
  }

  /** Fills in entries and values of the part that stands in a block, and gives their hash. */
  static int encodeBlock(byte[] bytes, int place, byte[] block) {
    return encode(bytes, place, true, block, Xattr.BLOCK_HEADER_BYTES, 0, Layout.BLOCK_BYTES);
  }

  /**
   * Writes entries from the start of a region and values from its end.
   *
   * @param inBlock which part of the set
   * @param base what offsets of values count from
   * @return the hash of all entries
   */
  private static int encode(
      byte[] bytes, int place, boolean inBlock, byte[] target, int from, int base, int to) {
    int body = BODY_SPACE;
    int entry = from;
    int value = to;
    int hash = 0;
    int at = place + 1;
    for (int i = bytes[place] & 0xFF; i > 0; i--) {
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

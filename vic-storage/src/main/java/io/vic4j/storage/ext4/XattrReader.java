package io.vic4j.storage.ext4;

import io.vic4j.storage.ext4.Layout.Inode;
import io.vic4j.storage.ext4.Layout.Xattr;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads extended attributes, which stand behind the fields of an inode and in one block of their
 * own.
 *
 * <p>Source: kernel documentation, ext4, "Extended Attributes".
 */
final class XattrReader {
  private static final String INLINE_DATA = "data";

  private final ImageBlocks blocks;
  private final ImageSuperblock superblock;

  XattrReader(ImageSuperblock superblock, ImageBlocks blocks) {
    this.superblock = superblock;
    this.blocks = blocks;
  }

  /** What is read of an inode: its attributes, and the end of its content if it is kept inline. */
  static final class Result {
    private Ext4Xattrs xattrs = Ext4Xattrs.none();
    private byte[] inlineData = new byte[0];

    Ext4Xattrs xattrs() {
      return xattrs;
    }

    byte[] inlineData() {
      return inlineData;
    }
  }

  Result read(ImageInode inode) {
    Result result = new Result();
    ByteBuffer raw = inode.raw();
    int body = Inode.GOOD_OLD_BYTES + inode.extraBytes();
    if (raw.capacity() > Inode.GOOD_OLD_BYTES
        && raw.capacity() - body >= Xattr.BODY_HEADER_BYTES
        && raw.getInt(body) == Xattr.MAGIC_VALUE) {
      int start = body + Xattr.BODY_HEADER_BYTES;
      ByteBuffer entries = raw.slice(start, raw.capacity() - start).order(raw.order());
      readEntries(inode, entries, 0, result);
    }
    long block = inode.xattrBlock();
    if (block != 0) {
      readEntries(inode, readBlock(inode, block), Xattr.BLOCK_HEADER_BYTES, result);
    }
    return result;
  }

  private ByteBuffer readBlock(ImageInode inode, long number) {
    if (!blocks.contains(number, 1)) {
      throw Damage.of(inode.number(), "has extended attributes at block " + number);
    }
    ByteBuffer block = blocks.read(number);
    if (block.getInt(0) != Xattr.MAGIC_VALUE || block.getInt(Xattr.BLOCK_BLOCKS) != 1) {
      throw Damage.of(inode.number(), "has a block of extended attributes that is none");
    }
    if (superblock.hasChecksums()) {
      int checksum = ImageChecksum.updateInt(superblock.checksumSeed(), (int) number);
      checksum = ImageChecksum.updateInt(checksum, (int) (number >>> 32));
      checksum = ImageChecksum.update(checksum, block, 0, Xattr.BLOCK_CHECKSUM);
      checksum = ImageChecksum.updateZeros(checksum, 4);
      int rest = Xattr.BLOCK_CHECKSUM + 4;
      checksum = ImageChecksum.update(checksum, block, rest, block.capacity() - rest);
      if (checksum != block.getInt(Xattr.BLOCK_CHECKSUM)) {
        throw Damage.of(inode.number(), "has extended attributes with a wrong checksum");
      }
    }
    return block;
  }

  /** Reads entries; places of values count from the start of the area. */
  private void readEntries(ImageInode inode, ByteBuffer area, int first, Result result) {
    int at = first;
    // Four zeros end the entries, and so does the end of the area.
    while (at + 4 <= area.capacity() && area.getInt(at) != 0) {
      int nameLength = area.get(at + Xattr.NAME_LENGTH) & 0xff;
      if (at + Xattr.ENTRY_BYTES + nameLength > area.capacity()) {
        throw Damage.of(inode.number(), "has an extended attribute that is cut off");
      }
      if (area.getInt(at + Xattr.VALUE_INODE) != 0) {
        throw Damage.unsupported(
            "inode " + inode.number() + " with an extended attribute in an inode (ea_inode)");
      }
      byte[] name = new byte[nameLength];
      area.get(at + Xattr.ENTRY_BYTES, name);
      add(inode, area.get(at + Xattr.NAME_INDEX), name, value(inode, area, at), result);
      at += (Xattr.ENTRY_BYTES + nameLength + 3) & ~3;
    }
  }

  private static byte[] value(ImageInode inode, ByteBuffer area, int at) {
    int offset = area.getShort(at + Xattr.VALUE_OFFSET) & 0xffff;
    int size = area.getInt(at + Xattr.VALUE_SIZE);
    if (size < 0 || size > area.capacity() || offset > area.capacity() - size) {
      throw Damage.of(
          inode.number(), "has an extended attribute of " + size + " bytes at " + offset);
    }
    byte[] value = new byte[size];
    area.get(offset, value);
    return value;
  }

  private static void add(
      ImageInode inode, int index, byte[] nameBytes, byte[] value, Result result) {
    String name = decode(inode, nameBytes);
    if (index == Xattr.INDEX_SYSTEM && name.equals(INLINE_DATA)) {
      result.inlineData = value;
      return;
    }
    XattrNames prefix = prefix(inode, index);
    String fullName = prefix.prefix() + name;
    if (result.xattrs.names().contains(fullName)) {
      throw Damage.of(inode.number(), "has the extended attribute '" + fullName + "' twice");
    }
    result.xattrs = result.xattrs.with(fullName, prefix.isAcl() ? acl(inode, name, value) : value);
  }

  private static String decode(ImageInode inode, byte[] name) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(name)).toString();
    } catch (CharacterCodingException e) {
      throw Damage.unsupported(
          "inode " + inode.number() + " with the name of an extended attribute not in UTF-8");
    }
  }

  private static XattrNames prefix(ImageInode inode, int index) {
    try {
      return XattrNames.ofIndex(index);
    } catch (IllegalArgumentException e) {
      throw Damage.unsupported(
          "inode " + inode.number() + " with an extended attribute of kind " + index);
    }
  }

  private static byte[] acl(ImageInode inode, String name, byte[] value) {
    if (!name.isEmpty()) {
      throw Damage.of(inode.number(), "has an access control list with a name");
    }
    try {
      return PosixAcl.fromDisk(value);
    } catch (IllegalArgumentException e) {
      throw Damage.of(inode.number(), "has an access control list that is none");
    }
  }
}

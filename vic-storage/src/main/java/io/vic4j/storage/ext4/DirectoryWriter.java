package io.vic4j.storage.ext4;

import io.vic4j.storage.ext4.Ext4LimitException.Limit;
import io.vic4j.storage.ext4.Layout.Directory;
import java.util.Arrays;

/**
 * Writes directories. What fits into one block is a list, sorted by name. What does not gets an
 * index by the hash of names (kernel documentation, ext4, "Hash Tree Directories"):
 *
 * <pre>
 *   block 0          root: ".", "..", then pairs of hash and block
 *   next blocks      nodes, if the root has too few places: pairs of hash and block
 *   the others       leaves: entries, sorted by hash from leaf to leaf
 * </pre>
 *
 * <p>A pair's hash is the smallest in its block; if the names with that hash began in the block
 * before, its lowest bit is set.
 */
final class DirectoryWriter {
  private static final int SPACE = Layout.BLOCK_BYTES - Directory.TAIL_BYTES;
  private static final int DOT_BYTES = 12;
  private static final int PAIR_BYTES = 8;
  private static final int INDEX_TAIL_BYTES = 8;

  /** Behind "." and ".." stand eight bytes about the index: zero, hash, this length, levels. */
  private static final int ROOT_INFO_BYTES = 8;

  private static final int ROOT_PAIRS = 2 * DOT_BYTES + ROOT_INFO_BYTES;
  private static final int NODE_PAIRS = Directory.NAME;
  private static final int ROOT_LIMIT = pairsFrom(ROOT_PAIRS);
  private static final int NODE_LIMIT = pairsFrom(NODE_PAIRS);

  private final NodeTable nodes;
  private final NameTable names;
  private final ByteArena arena;
  private final NameHash hash;
  private final ContentWriter contents;
  private final MetadataChecksum checksum;
  private final byte[] block = new byte[Layout.BLOCK_BYTES];
  private int[] hashes = new int[0];
  private int[] pairHashes = new int[64];
  private int[] leafEnds = new int[64];

  DirectoryWriter(
      NodeTable nodes,
      NameTable names,
      ByteArena arena,
      NameHash hash,
      ContentWriter contents,
      MetadataChecksum checksum) {
    this.nodes = nodes;
    this.names = names;
    this.arena = arena;
    this.hash = hash;
    this.contents = contents;
    this.checksum = checksum;
  }

  private static int pairsFrom(int offset) {
    return (Layout.BLOCK_BYTES - offset - INDEX_TAIL_BYTES) / PAIR_BYTES;
  }

  /** Writes all directories: the root first, then those in it, then those in these. */
  void writeAll(int root) {
    int[] queue = new int[64];
    int head = 0;
    int tail = 0;
    queue[tail++] = root;
    queue[tail++] = root;
    while (head < tail) {
      int directory = queue[head++];
      int parent = queue[head++];
      int[] entries = names.list(nodes.data(directory));
      names.sortByName(entries, 0, entries.length);
      for (int entry : entries) {
        int child = names.node(entry);
        if (nodes.type(child) == Ext4FileType.DIRECTORY) {
          if (tail == queue.length) {
            queue = Arrays.copyOfRange(queue, head, head + queue.length * 2);
            tail -= head;
            head = 0;
          }
          queue[tail++] = child;
          queue[tail++] = directory;
        }
      }
      write(directory, parent, entries);
    }
  }

  private void write(int directory, int parent, int[] entries) {
    contents.begin(directory);
    long bytes = 2 * DOT_BYTES;
    for (int entry : entries) {
      bytes += Directory.recordBytes(names.nameLength(entry));
    }
    if (bytes <= SPACE) {
      int last = putDots(directory, parent);
      writeList(directory, entries, 0, entries.length, 2 * DOT_BYTES, last);
      contents.end();
    } else {
      writeIndexed(directory, parent, entries);
      contents.end();
      nodes.setIndexed(directory);
    }
  }

  private void writeIndexed(int directory, int parent, int[] byName) {
    int[] entries = sortByHash(byName);
    int leaves = divide(entries);
    int nodeBlocks = leaves <= ROOT_LIMIT ? 0 : (leaves + NODE_LIMIT - 1) / NODE_LIMIT;
    if (nodeBlocks > ROOT_LIMIT) {
      throw new Ext4LimitException(
          Limit.DIRECTORY_SIZE, "a directory has too many names: " + entries.length);
    }
    int firstLeaf = 1 + nodeBlocks;
    int last = putDots(directory, parent);
    LittleEndian.putShort(block, last + Directory.RECORD_LENGTH, Layout.BLOCK_BYTES - DOT_BYTES);
    block[2 * DOT_BYTES + 4] = Directory.HASH_HALF_MD4;
    block[2 * DOT_BYTES + 5] = ROOT_INFO_BYTES;
    block[2 * DOT_BYTES + 6] = (byte) (nodeBlocks == 0 ? 0 : 1);
    if (nodeBlocks == 0) {
      writePairs(directory, ROOT_PAIRS, ROOT_LIMIT, 0, leaves, 1, firstLeaf);
    } else {
      writePairs(directory, ROOT_PAIRS, ROOT_LIMIT, 0, nodeBlocks, NODE_LIMIT, 1);
    }
    for (int i = 0; i < nodeBlocks; i++) {
      int from = i * NODE_LIMIT;
      int count = Math.min(NODE_LIMIT, leaves - from);
      LittleEndian.putShort(block, Directory.RECORD_LENGTH, Layout.BLOCK_BYTES);
      writePairs(directory, NODE_PAIRS, NODE_LIMIT, from, count, 1, firstLeaf + from);
    }
    for (int i = 0; i < leaves; i++) {
      writeList(directory, entries, i == 0 ? 0 : leafEnds[i - 1], leafEnds[i], 0, -1);
    }
  }

  /** Entries by hash; those of one hash stay sorted by name. */
  private int[] sortByHash(int[] byName) {
    long[] keys = new long[byName.length];
    for (int i = 0; i < byName.length; i++) {
      int entryHash =
          hash.of(arena.array(), names.nameOffset(byName[i]), names.nameLength(byName[i]));
      keys[i] = ((entryHash ^ Integer.MIN_VALUE) * (1L << 32)) | i; // Hashes are unsigned.
    }
    Arrays.sort(keys);
    int[] entries = new int[byName.length];
    hashes = new int[byName.length];
    for (int i = 0; i < entries.length; i++) {
      entries[i] = byName[(int) keys[i]];
      hashes[i] = (int) (keys[i] >> 32) ^ Integer.MIN_VALUE;
    }
    return entries;
  }

  /**
   * Fills leaves with entries, notes where each ends and its pair's hash, and gives their number.
   */
  private int divide(int[] entries) {
    int leaves = 0;
    int used = SPACE + 1;
    for (int i = 0; i < entries.length; i++) {
      int bytes = Directory.recordBytes(names.nameLength(entries[i]));
      if (used + bytes > SPACE) {
        if (leaves == leafEnds.length) {
          leafEnds = Arrays.copyOf(leafEnds, leaves * 2);
          pairHashes = Arrays.copyOf(pairHashes, leaves * 2);
        }
        boolean continued = i > 0 && hashes[i - 1] == hashes[i];
        pairHashes[leaves++] = hashes[i] | (continued ? 1 : 0);
        used = 0;
      }
      used += bytes;
      leafEnds[leaves - 1] = i + 1;
    }
    return leaves;
  }

  /**
   * Completes a block of the index with pairs, the first of which has the limit and the number of
   * pairs in place of its hash, and writes it.
   *
   * @param first the leaf that the first pair leads to
   * @param step how many leaves there are from pair to pair
   * @param firstBlock where the first pair leads to
   */
  private void writePairs(
      int directory, int offset, int limit, int first, int count, int step, int firstBlock) {
    for (int i = 0; i < count; i++) {
      int at = offset + i * PAIR_BYTES;
      LittleEndian.putInt(block, at, pairHashes[first + i * step]);
      LittleEndian.putInt(block, at + 4, firstBlock + i);
    }
    LittleEndian.putShort(block, offset, limit);
    LittleEndian.putShort(block, offset + 2, count);
    int tail = offset + limit * PAIR_BYTES;
    LittleEndian.putInt(
        block,
        tail + 4,
        checksum.ofIndexBlock(directory, block, offset + count * PAIR_BYTES, tail));
    writeBlock();
  }

  private int putDots(int directory, int parent) {
    putEntry(0, directory, Ext4FileType.DIRECTORY, 1);
    block[Directory.NAME] = '.';
    putEntry(DOT_BYTES, parent, Ext4FileType.DIRECTORY, 2);
    block[DOT_BYTES + Directory.NAME] = '.';
    block[DOT_BYTES + Directory.NAME + 1] = '.';
    return DOT_BYTES;
  }

  /** Completes a block with entries, the last of which reaches to the tail, and writes it. */
  private void writeList(int directory, int[] entries, int from, int to, int start, int before) {
    int at = start;
    int last = before;
    for (int i = from; i < to; i++) {
      int entry = entries[i];
      int node = names.node(entry);
      int length = names.nameLength(entry);
      putEntry(at, node, nodes.type(node), length);
      System.arraycopy(arena.array(), names.nameOffset(entry), block, at + Directory.NAME, length);
      last = at;
      at += Directory.recordBytes(length);
    }
    LittleEndian.putShort(block, last + Directory.RECORD_LENGTH, SPACE - last);
    LittleEndian.putShort(block, SPACE + Directory.RECORD_LENGTH, Directory.TAIL_BYTES);
    block[SPACE + Directory.FILE_TYPE] = (byte) Directory.TAIL_FILE_TYPE;
    LittleEndian.putInt(
        block, SPACE + Directory.TAIL_CHECKSUM, checksum.ofInodePart(directory, block, 0, SPACE));
    writeBlock();
  }

  private void putEntry(int at, int node, Ext4FileType type, int nameLength) {
    LittleEndian.putInt(block, at + Directory.INODE, node);
    LittleEndian.putShort(block, at + Directory.RECORD_LENGTH, Directory.recordBytes(nameLength));
    block[at + Directory.NAME_LENGTH] = (byte) nameLength;
    block[at + Directory.FILE_TYPE] = (byte) type.entryCode();
  }

  private void writeBlock() {
    contents.write(block, 0, Layout.BLOCK_BYTES);
    Arrays.fill(block, (byte) 0);
  }
}

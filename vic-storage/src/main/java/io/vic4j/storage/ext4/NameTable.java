package io.vic4j.storage.ext4;

import io.vic4j.storage.ext4.Ext4LimitException.Limit;
import java.util.Arrays;

/**
 * All names of all directories: found by directory and name through one hash table, and listed by
 * directory through a doubly linked list. As in {@link NodeTable}, columns and not objects; an
 * entry is named by its index, and 0 is none.
 */
final class NameTable {
  private final ByteArena arena;
  private final int seed;
  private int[] directory = new int[64];
  private int[] node = new int[64];
  private int[] name = new int[64];
  private int[] previous = new int[64];
  private int[] next = new int[64];
  private int[] chain = new int[64];
  private int[] buckets = new int[64];
  private int end = 1;
  private int live;

  /**
   * Nothing yet.
   *
   * @param arena keeps the names
   * @param seed of the hashes, so that nobody can prepare names that all collide
   */
  NameTable(ByteArena arena, int seed) {
    this.arena = arena;
    this.seed = seed;
  }

  /** The entry of this name in a directory, 0 if there is none. */
  int find(int inDirectory, byte[] wanted) {
    int entry = buckets[bucket(hash(inDirectory, wanted, 0, wanted.length))];
    while (entry != 0 && !(directory[entry] == inDirectory && hasName(entry, wanted))) {
      entry = chain[entry];
    }
    return entry;
  }

  private boolean hasName(int entry, byte[] wanted) {
    int at = name[entry];
    int from = at + 1;
    return arena.shortLength(at) == wanted.length
        && Arrays.equals(arena.array(), from, from + wanted.length, wanted, 0, wanted.length);
  }

  /** Adds an entry in front of the list that begins with {@code head}, and gives the new head. */
  int add(int inDirectory, int head, byte[] newName, int target) {
    if (end == directory.length) {
      grow();
    }
    int entry = end++;
    directory[entry] = inDirectory;
    node[entry] = target;
    name[entry] = arena.addShort(newName, newName.length);
    next[entry] = head;
    previous[entry] = 0;
    if (head != 0) {
      previous[head] = entry;
    }
    if (++live > buckets.length) {
      rehash();
    }
    int bucket = bucket(hash(inDirectory, newName, 0, newName.length));
    chain[entry] = buckets[bucket];
    buckets[bucket] = entry;
    return entry;
  }

  /** Removes an entry, and gives the head of the list, which was {@code head} before. */
  int remove(int entry, int head) {
    int bucket = bucketOf(entry);
    if (buckets[bucket] == entry) {
      buckets[bucket] = chain[entry];
    } else {
      int before = buckets[bucket];
      while (chain[before] != entry) {
        before = chain[before];
      }
      chain[before] = chain[entry];
    }
    live--;
    if (next[entry] != 0) {
      previous[next[entry]] = previous[entry];
    }
    if (previous[entry] != 0) {
      next[previous[entry]] = next[entry];
    }
    return entry == head ? next[entry] : head;
  }

  int node(int entry) {
    return node[entry];
  }

  int next(int entry) {
    return next[entry];
  }

  int nameLength(int entry) {
    return arena.shortLength(name[entry]);
  }

  /** Where the name begins in the arena's array. */
  int nameOffset(int entry) {
    return name[entry] + 1;
  }

  byte[] name(int entry) {
    return arena.shortBytes(name[entry]);
  }

  /** The entries of a list, in its order. */
  int[] list(int head) {
    int count = 0;
    for (int entry = head; entry != 0; entry = next[entry]) {
      count++;
    }
    int[] entries = new int[count];
    for (int entry = head, i = 0; entry != 0; entry = next[entry]) {
      entries[i++] = entry;
    }
    return entries;
  }

  /** Sorts a range of entries by the unsigned bytes of their names. */
  void sortByName(int[] entries, int from, int to) {
    byte[] names = arena.array();
    IntSort.sort(entries, from, to, (a, b) -> compareNames(names, a, b));
  }

  private int compareNames(byte[] names, int a, int b) {
    int atA = name[a];
    int atB = name[b];
    return Arrays.compareUnsigned(
        names,
        atA + 1,
        atA + 1 + (names[atA] & 0xFF),
        names,
        atB + 1,
        atB + 1 + (names[atB] & 0xFF));
  }

  private int bucketOf(int entry) {
    int at = name[entry];
    return bucket(hash(directory[entry], arena.array(), at + 1, arena.shortLength(at)));
  }

  private int bucket(int hash) {
    return hash & (buckets.length - 1);
  }

  private int hash(int inDirectory, byte[] bytes, int offset, int length) {
    int hash = seed ^ (inDirectory * 0x9E3779B1);
    for (int i = offset; i < offset + length; i++) {
      hash = (hash ^ (bytes[i] & 0xFF)) * 0x01000193;
      hash ^= hash >>> 15;
    }
    hash *= 0x85EBCA6B;
    return hash ^ (hash >>> 16);
  }

  private void rehash() {
    int[] old = buckets;
    buckets = new int[(int) Math.min(1 << 30, old.length * 2L)];
    for (int head : old) {
      int entry = head;
      while (entry != 0) {
        int following = chain[entry];
        int bucket = bucketOf(entry);
        chain[entry] = buckets[bucket];
        buckets[bucket] = entry;
        entry = following;
      }
    }
  }

  private void grow() {
    if (end >= Integer.MAX_VALUE - 64) {
      throw new Ext4LimitException(Limit.INODES, "there are more than 2^31 names");
    }
    int length = (int) Math.min(Integer.MAX_VALUE - 64, end + (end >>> 1) + 1L);
    directory = Arrays.copyOf(directory, length);
    node = Arrays.copyOf(node, length);
    name = Arrays.copyOf(name, length);
    previous = Arrays.copyOf(previous, length);
    next = Arrays.copyOf(next, length);
    chain = Arrays.copyOf(chain, length);
  }
}

package io.vic4j.core.vsphere.soap;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The names of an answer and the values of its attributes, each made into a String once. A limited
 * number is kept, however many the answer has; the rest is made anew each time.
 */
final class XmlWords {
  private static final int MAX_WORDS = 4096;
  private static final int MAX_PROBES = 16;
  private static final int MAX_BYTES = 128;

  private @Nullable XmlWord[] table = new XmlWord[512];
  private int size;

  /** The hash of a word with one more byte. */
  static int hash(int hash, byte next) {
    return hash * 31 + next;
  }

  /** The word that those bytes are, which are UTF-8. */
  XmlWord of(byte[] source, int from, int to, int hash) {
    int slot = slot(hash);
    for (int probe = 0; probe < MAX_PROBES; probe++) {
      XmlWord word = table[slot];
      if (word == null) {
        word = word(source, from, to, hash);
        if (size < MAX_WORDS && to - from <= MAX_BYTES) {
          table[slot] = word;
          if (++size > table.length / 2) {
            grow();
          }
        }
        return word;
      }
      if (word.hash == hash && Arrays.equals(word.bytes, 0, word.bytes.length, source, from, to)) {
        return word;
      }
      slot = (slot + 1) & (table.length - 1);
    }
    return word(source, from, to, hash);
  }

  private static XmlWord word(byte[] source, int from, int to, int hash) {
    byte[] bytes = Arrays.copyOfRange(source, from, to);
    return new XmlWord(bytes, hash, new String(bytes, StandardCharsets.UTF_8));
  }

  private int slot(int hash) {
    return (hash ^ (hash >>> 16)) & (table.length - 1);
  }

  private void grow() {
    @Nullable XmlWord[] old = table;
    table = new XmlWord[old.length * 2];
    for (XmlWord word : old) {
      if (word != null) {
        int slot = slot(word.hash);
        while (table[slot] != null) {
          slot = (slot + 1) & (table.length - 1);
        }
        table[slot] = word;
      }
    }
  }
}

package io.vic4j.testkit;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one file in pages of 4 KiB, of which only those are kept that hold something: a disk
 * of 8 GiB with little on it takes little. Pages that other files hold, too, are kept once, until
 * somebody writes to one. Thread-safe.
 */
final class Pages {
  static final int PAGE_BYTES = 4 * 1024;

  /** A file of more pages is not like others. */
  private static final int MOST_SHARED = 256;

  /** Is asked before pages are added, and told when they are dropped. */
  interface Account {
    void take(long bytes);

    void giveBack(long bytes);
  }

  private final Account account;
  private final SharedPages all;
  private final NavigableMap<Long, byte[]> pages = new TreeMap<>();

  /** Whether its pages may be those of other files, too; else they are its own. */
  private boolean shared;

  /** The pages with which it is otherwise. */
  private Set<Long> others = new HashSet<>(0);

  private long sizeBytes;
  private boolean released;

  Pages(Account account, SharedPages all) {
    this.account = account;
    this.all = all;
  }

  synchronized long sizeBytes() {
    return sizeBytes;
  }

  synchronized void write(long position, ByteBuffer source) {
    long at = position;
    while (source.hasRemaining()) {
      int offset = (int) (at % PAGE_BYTES);
      int count = Math.min(PAGE_BYTES - offset, source.remaining());
      byte[] page = page(at / PAGE_BYTES, source, count);
      if (page == null) {
        source.position(source.position() + count);
      } else {
        source.get(page, offset, count);
      }
      at += count;
      sizeBytes = Math.max(sizeBytes, at);
    }
  }

  /** The page to write to; null if it holds that already, or zeros are written on a hole. */
  private byte @Nullable [] page(long number, ByteBuffer source, int count) {
    byte[] page = pages.get(number);
    if (page == null) {
      if (isZero(source, count)) {
        return null;
      }
      if (!released) {
        account.take(PAGE_BYTES);
      }
      page = count == PAGE_BYTES ? all.find(source.slice(source.position(), count)) : null;
      if (page != null) {
        put(number, page, true);
        return null;
      }
      page = new byte[PAGE_BYTES];
      put(number, page, false);
    }
    return own(number, page);
  }

  private void put(long number, byte[] page, boolean ofOthers) {
    pages.put(number, page);
    if (ofOthers == shared) {
      others.remove(number);
    } else {
      others.add(number);
    }
  }

  /** A page that may be written. */
  private byte[] own(long number, byte[] page) {
    if (!isShared(number)) {
      return page;
    }
    byte[] copy = page.clone();
    put(number, copy, false);
    return copy;
  }

  private boolean isShared(long number) {
    return shared != others.contains(number);
  }

  private static boolean isZero(ByteBuffer source, int count) {
    for (int i = 0; i < count; i++) {
      if (source.get(source.position() + i) != 0) {
        return false;
      }
    }
    return true;
  }

  synchronized int read(long position, ByteBuffer target) {
    int total = 0;
    while (target.hasRemaining() && position + total < sizeBytes) {
      long at = position + total;
      int offset = (int) (at % PAGE_BYTES);
      int count = (int) Math.min(Math.min(PAGE_BYTES - offset, target.remaining()), sizeBytes - at);
      byte @Nullable [] page = pages.get(at / PAGE_BYTES);
      target.put(page == null ? new byte[count] : page, page == null ? 0 : offset, count);
      total += count;
    }
    return total;
  }

  /** The first place from here on that a page holds; the size if there is none. */
  synchronized long nextData(long position) {
    @Nullable Long page = pages.ceilingKey(position / PAGE_BYTES);
    return page == null ? sizeBytes : Math.min(sizeBytes, Math.max(position, page * PAGE_BYTES));
  }

  synchronized void setSize(long newSizeBytes) {
    if (newSizeBytes < sizeBytes) {
      long last = newSizeBytes / PAGE_BYTES;
      int offset = (int) (newSizeBytes % PAGE_BYTES);
      byte[] page = pages.get(last);
      if (page != null) {
        Arrays.fill(own(last, page), offset, PAGE_BYTES, (byte) 0);
      }
      long firstGone = offset == 0 ? last : last + 1;
      int before = pages.size();
      pages.tailMap(firstGone, true).clear();
      others.removeIf(number -> number >= firstGone);
      if (!released) {
        account.giveBack((long) (before - pages.size()) * PAGE_BYTES);
      }
    }
    sizeBytes = newSizeBytes;
  }

  /** All is written for now: pages that other files hold, too, need not be kept twice. */
  synchronized void share() {
    if (pages.size() <= MOST_SHARED) {
      pages.replaceAll((number, page) -> isShared(number) ? page : all.shared(page));
      shared = true;
      others = new HashSet<>(0);
    }
  }

  /** The file is deleted: its pages take no more of the datastore. Who has it open reads on. */
  synchronized void release() {
    if (!released) {
      released = true;
      account.giveBack((long) pages.size() * PAGE_BYTES);
    }
  }
}

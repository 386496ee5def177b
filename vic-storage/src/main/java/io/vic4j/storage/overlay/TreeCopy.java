package io.vic4j.storage.overlay;

import io.vic4j.core.CancelledException;
import io.vic4j.core.CorruptException;
import io.vic4j.storage.ext4.Ext4Attributes;
import io.vic4j.storage.ext4.Ext4Node;
import io.vic4j.storage.ext4.Ext4Writer;
import io.vic4j.storage.ext4.FileContent;
import io.vic4j.storage.tar.ByteString;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Copies trees of disks into one new file system. */
final class TreeCopy {
  private final Ext4Writer fs;
  private final Map<Inode, Integer> copies = new HashMap<>();
  private final Set<Inode> shared = new HashSet<>();
  private final Set<Inode> directories = new HashSet<>();

  private record Inode(DiskFiles disk, long number) {
    static Inode of(Source source) {
      return new Inode(source.disk(), source.node().inode());
    }
  }

  private record Level(Source source, int copy, Iterator<ByteString> names) {}

  /** Copies into this file system. */
  TreeCopy(Ext4Writer fs) {
    this.fs = fs;
  }

  /** Says that something will be copied to more names than it has. */
  void share(Source source) {
    shared.add(Inode.of(source));
  }

  /** Copies something, with all that is below it. */
  void copy(Source source, int parent, ByteString name) throws IOException {
    Deque<Level> levels = new ArrayDeque<>();
    copyOne(source, parent, name, levels);
    while (!levels.isEmpty()) {
      CancelledException.throwIfInterrupted("copy of a machine's disk");
      Level level = levels.element();
      if (!level.names.hasNext()) {
        levels.pop();
        continue;
      }
      ByteString next = level.names.next();
      Optional<Source> child = level.source.child(next);
      if (child.isPresent()) {
        copyOne(child.get(), level.copy, next, levels);
      }
    }
  }

  private void copyOne(Source source, int parent, ByteString name, Deque<Level> levels)
      throws IOException {
    byte[] bytes = name.toByteArray();
    if (source.node().isDirectory()) {
      if (!directories.add(Inode.of(source))) {
        throw source
            .disk()
            .damaged(
                new CorruptException("a directory has two names, one is '" + name + "'", null));
      }
      int copy = fs.makeDirectory(parent, bytes, source.attributes());
      levels.push(new Level(source, copy, source.names().iterator()));
      return;
    }
    boolean known = source.node().links() > 1 || shared.contains(Inode.of(source));
    Integer first = known ? copies.get(Inode.of(source)) : null;
    if (first != null) {
      fs.link(parent, bytes, first);
      return;
    }
    int copy;
    try {
      copy = copyLeaf(source, parent, bytes);
    } catch (CorruptException e) {
      throw source.disk().damaged(e);
    }
    if (known) {
      copies.put(Inode.of(source), copy);
    }
  }

  private int copyLeaf(Source source, int parent, byte[] name) throws IOException {
    Ext4Node node = source.node();
    Ext4Attributes given = source.attributes();
    return switch (node.type()) {
      case FILE -> {
        int file = fs.beginFile(parent, name, given);
        FileContent content = new FileContent(fs);
        source.disk().fs().copyContent(node, content);
        content.end(node.sizeBytes());
        yield file;
      }
      case SYMLINK ->
          fs.makeSymlink(parent, name, source.disk().fs().target(node).toByteArray(), given);
      case DIRECTORY -> throw new IllegalArgumentException("no leaf: " + node);
      default ->
          fs.makeDevice(parent, name, node.type(), node.deviceMajor(), node.deviceMinor(), given);
    };
  }
}

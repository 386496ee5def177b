package io.vic4j.storage.overlay;

import io.vic4j.core.CancelledException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.storage.ext4.Ext4FileType;
import io.vic4j.storage.ext4.Ext4TarEntries;
import io.vic4j.storage.overlay.MountedTree.Place;
import io.vic4j.storage.tar.ByteString;
import io.vic4j.storage.tar.TarWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Writes a part of a tree as a tar. For one use. */
final class OverlayTar {
  /** As deep as file systems are walked through; see {@code Ext4Walk}. */
  private static final int MAX_PATH_BYTES = 64 << 10;

  private final MountedTree tree;
  private final TarWriter tar;
  private final Map<DiskFiles, Ext4TarEntries> entries = new HashMap<>();
  private final Map<DiskFiles, Set<Long>> directories = new HashMap<>();
  private final List<ByteString> sockets = new ArrayList<>();
  private final Deque<Level> levels = new ArrayDeque<>();

  private record Level(Place place, ByteString name, Iterator<ByteString> names) {}

  OverlayTar(MountedTree tree, OutputStream out) {
    this.tree = tree;
    this.tar = new TarWriter(out);
  }

  /**
   * Writes what is at this place, and all below it.
   *
   * @param name what it is called in the archive; empty for a directory that is the archive's root
   */
  List<ByteString> write(Place place, ByteString name) throws IOException {
    put(place, name);
    while (!levels.isEmpty()) {
      CancelledException.throwIfInterrupted("copy of files out of a machine's disks");
      Level level = levels.element();
      if (level.names.hasNext()) {
        ByteString next = level.names.next();
        Place child = tree.child(level.place, next);
        if (child.node().isPresent()) {
          put(child, join(level.name, next));
        }
      } else {
        levels.pop();
      }
    }
    tar.finish();
    return sockets;
  }

  private void put(Place place, ByteString name) throws IOException {
    MergedNode node = place.node().orElseThrow();
    MergedNode.Copy top = node.top();
    if (top.node().type() == Ext4FileType.SOCKET) {
      sockets.add(name);
      return;
    }
    try {
      entries
          .computeIfAbsent(top.disk(), disk -> new Ext4TarEntries(disk.fs(), tar))
          .put(name, node.shown());
    } catch (CorruptException e) {
      throw top.disk().damaged(e);
    }
    if (node.isDirectory()) {
      node.copies().forEach(copy -> requireFirstName(copy, name));
      levels.push(new Level(place, name, tree.names(place).iterator()));
    }
  }

  /** Each directory of a disk is met once, so that a cycle is found and the walk ends. */
  private void requireFirstName(MergedNode.Copy copy, ByteString name) {
    long inode = copy.node().inode();
    if (!directories.computeIfAbsent(copy.disk(), disk -> new HashSet<>()).add(inode)) {
      throw copy.disk()
          .damaged(
              new CorruptException(
                  "inode " + inode + " is a directory with two names, one of them '" + name + "'",
                  null));
    }
  }

  private static ByteString join(ByteString folder, ByteString name) {
    if (folder.isEmpty()) {
      return name;
    }
    if (folder.size() + 1 + name.size() > MAX_PATH_BYTES) {
      throw new UnsupportedException("a path of more than " + MAX_PATH_BYTES + " bytes");
    }
    ByteArrayOutputStream joined = new ByteArrayOutputStream(folder.size() + 1 + name.size());
    joined.writeBytes(folder.toByteArray());
    joined.write('/');
    joined.writeBytes(name.toByteArray());
    return ByteString.of(joined.toByteArray());
  }
}

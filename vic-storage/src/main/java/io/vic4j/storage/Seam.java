package io.vic4j.storage;

import io.vic4j.core.CancelledException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.ProgressTask;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.storage.ext4.Ext4Reader;
import io.vic4j.storage.ext4.Ext4Writer;
import io.vic4j.storage.tar.ByteString;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The content of a seam: the directories that a stack of disks shows with wrong attributes. */
final class Seam implements LayerDiskContent {
  /*
   * Layers are often made without entries for the parents of what they change. Such an implied
   * directory means: as it is below, or root's and 0755 if it is not there. A layer's disk has to
   * have it, though, with some attributes or other, and overlayfs shows a directory as the
   * uppermost disk has it. So the implied copy would hide the owner and mode that a layer below
   * gave.
   *
   * The seam lies on top and gives them back. For each directory that is implied on some disk, it
   * looks for what overlayfs merges there, and for whose attributes it should have. Of all that
   * have its parent, uppermost first, the disk
   *
   *   has nothing of this name         go on
   *   has a file or a whiteout         stop: what is below is hidden
   *   has a directory                  it is merged; the first that is not implied has the
   *                                    attributes. If it is opaque, what is in those below is
   *                                    hidden, but they still can have the attributes.
   *
   * A directory goes on the seam if the uppermost copy is implied and looks otherwise than it
   * should, together with its parents, for they become the uppermost copies then. The root alone is
   * no reason for a seam: the root of a machine's writable layer covers it, and of a machine that
   * has none, it is root's and 0755, as it is in nearly every image.
   *
   * The lists of implied directories have one order, so they are read side by side. Of the disks,
   * only the directories on the way to an implied one are read.
   */
  private final Datastore datastore;
  private final List<StoredLayerDisk> disks;

  /** The seam that goes on these disks, lowest first. */
  Seam(Datastore datastore, List<StoredLayerDisk> disks) {
    this.datastore = datastore;
    this.disks = disks;
  }

  /** Whether a seam of these disks can have anything on it: below the lowest, there is nothing. */
  static boolean isPossible(List<? extends LayerDisk> lowestFirst) {
    return lowestFirst.stream().skip(1).anyMatch(disk -> disk.impliedDirectories() > 0);
  }

  @Override
  public Counts writeTo(Ext4Writer fs, ImpliedList implied, ProgressTask task) {
    try (Sources sources = new Sources()) {
      List<MergedDirectory.Copy> roots = new ArrayList<>();
      for (StoredLayerDisk disk : disks) {
        roots.add(0, sources.root(disk));
        if (disk.impliedDirectories() > 0) {
          sources.names(disk).next();
        }
      }
      Set<Digest> rootImplied =
          disks.stream()
              .filter(StoredLayerDisk::rootImplied)
              .map(LayerDisk::diffId)
              .collect(Collectors.toSet());
      MergedDirectory root = MergedDirectory.of(roots.iterator(), rootImplied).orElseThrow();
      Output output = new Output(fs, root);
      join(1, root, sources.names, output);
      return new Counts(0, output.entries, false);
    }
  }

  /** Goes through what the lists have next at this depth, which is all below one directory. */
  private static void join(
      int depth, MergedDirectory parent, List<ImpliedNames> lists, Output output) {
    while (true) {
      CancelledException.throwIfInterrupted("build of a seam");
      Optional<ByteString> next =
          lists.stream()
              .filter(list -> list.depth() == depth)
              .map(ImpliedNames::name)
              .min(ByteString::compareTo);
      if (next.isEmpty()) {
        return;
      }
      ByteString name = next.get();
      List<ImpliedNames> having = new ArrayList<>();
      Set<Digest> implied = new HashSet<>();
      for (ImpliedNames list : lists) {
        if (list.depth() == depth && list.name().equals(name)) {
          having.add(list);
          if (list.isImplied()) {
            implied.add(list.disk().diffId());
          }
          list.next();
        }
      }
      Optional<MergedDirectory> directory = parent.child(name, implied);
      if (directory.isPresent()) {
        output.enter(name, directory.get());
        join(depth + 1, directory.get(), having, output);
        output.leave();
      } else {
        having.forEach(list -> list.skipBelow(depth));
      }
    }
  }

  /** The file system of the seam. A directory is made when it, or one below it, is wrong. */
  private static final class Output {
    private record Level(ByteString name, MergedDirectory directory) {}

    private final Ext4Writer fs;
    private final MergedDirectory root;
    private final List<Level> path = new ArrayList<>();

    /** The nodes of the root and of as much of the path as was made. */
    private final List<Integer> made = new ArrayList<>();

    private long entries;

    Output(Ext4Writer fs, MergedDirectory root) {
      this.fs = fs;
      this.root = root;
      made.add(fs.root());
    }

    void enter(ByteString name, MergedDirectory directory) {
      path.add(new Level(name, directory));
      if (directory.isWrong()) {
        fs.setAttributes(fs.root(), root.attributes());
        while (made.size() <= path.size()) {
          Level level = path.get(made.size() - 1);
          int parent = made.get(made.size() - 1);
          byte[] levelName = level.name.toByteArray();
          made.add(fs.makeDirectory(parent, levelName, level.directory.attributes()));
          entries++;
        }
      }
    }

    void leave() {
      if (made.size() > path.size()) {
        made.remove(made.size() - 1);
      }
      path.remove(path.size() - 1);
    }
  }

  /** What is read, closed all together. */
  private final class Sources implements AutoCloseable {
    private final List<DatastoreReader> readers = new ArrayList<>();
    private final List<ImpliedNames> names = new ArrayList<>();

    MergedDirectory.Copy root(StoredLayerDisk disk) {
      DatastoreReader reader = datastore.open(disk.extentPath());
      readers.add(reader);
      try {
        return MergedDirectory.Copy.root(disk, Ext4Reader.open(reader));
      } catch (CorruptException e) {
        throw LayerDisks.damaged(
            disk.diffId(), disk.extentPath(), String.valueOf(e.getMessage()), e);
      }
    }

    ImpliedNames names(StoredLayerDisk disk) {
      ImpliedNames list = ImpliedNames.of(datastore, disk);
      names.add(list);
      return list;
    }

    @Override
    public void close() {
      names.forEach(ImpliedNames::close);
      readers.forEach(DatastoreReader::close);
    }
  }
}

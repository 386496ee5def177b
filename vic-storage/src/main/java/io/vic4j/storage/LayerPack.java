package io.vic4j.storage;

import io.vic4j.core.CancelledException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.ProgressTask;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.storage.ext4.Ext4FileType;
import io.vic4j.storage.ext4.Ext4LimitException;
import io.vic4j.storage.ext4.Ext4Node;
import io.vic4j.storage.ext4.Ext4Reader;
import io.vic4j.storage.ext4.Ext4Writer;
import io.vic4j.storage.ext4.FileContent;
import io.vic4j.storage.tar.ByteString;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The content of a disk that stands for several adjacent layers, out of their disks. */
final class LayerPack implements LayerDiskContent {
  /*
   * A layer's disk says all that its tar said of the merged tree, so a pack needs no tars. Each
   * disk, lowest first, is gone through from the root down, and what it has is done to the tree of
   * the pack as the layer's entries would be:
   *
   *   character device 0:0             a whiteout, unless below a directory that the same disk has
   *                                    made opaque: there whiteouts were left out, so it is a device
   *   trusted.overlay.opaque           hides what the disks before brought into the directory; of a
   *                                    directory that comes before what is in it, so nothing of its
   *                                    own is hidden
   *   a directory that is implied      gets no attributes from this disk
   *   several names of one inode       hard links
   *
   * Whiteouts and opaque directories stay on the pack, for there are disks below it.
   */
  private final Datastore datastore;
  private final List<StoredLayerDisk> disks;
  private final LayerBudget budget;

  /** The pack of these disks, lowest first. */
  LayerPack(Datastore datastore, List<StoredLayerDisk> disks, LayerLimits limits) {
    this.datastore = datastore;
    this.disks = List.copyOf(disks);
    this.budget = new LayerBudget(limits);
  }

  @Override
  public Counts writeTo(Ext4Writer fs, ImpliedList implied, ProgressTask task) {
    task.total(disks.stream().mapToLong(LayerDisk::tarBytes).sum());
    LayerTree tree = new LayerTree(fs, true, budget);
    for (StoredLayerDisk disk : disks) {
      tree.beginLayer();
      put(disk, fs, tree);
      task.advance(disk.tarBytes());
    }
    tree.finish();
    tree.listImplied(implied);
    return new Counts(
        disks.stream().mapToLong(LayerDisk::tarBytes).sum(),
        disks.stream().mapToLong(LayerDisk::entries).sum(),
        tree.isRootImplied());
  }

  private void put(StoredLayerDisk disk, Ext4Writer fs, LayerTree tree) {
    try (DatastoreReader image = datastore.open(disk.extentPath());
        ImpliedNames implied = ImpliedNames.of(datastore, disk)) {
      try {
        implied.next();
        new Member(disk, Ext4Reader.open(image), implied, fs, tree).put();
      } catch (CorruptException e) {
        throw implied.isDamaged()
            ? e
            : LayerDisks.damaged(
                disk.diffId(), disk.extentPath(), String.valueOf(e.getMessage()), e);
      }
    } catch (IOException e) {
      CancelledException.throwIfInterrupted("reading of layer disk", disk.diffId());
      throw new UnavailableException(
          "cannot read layer disk " + disk.diffId() + ": " + e.getMessage(), e);
    }
  }

  /** One disk on its way into the pack. */
  private final class Member {
    private final StoredLayerDisk disk;
    private final Ext4Reader source;
    private final ImpliedNames implied;
    private final Ext4Writer fs;
    private final LayerTree tree;

    /** The nodes of the root and of the directories down to the one that is being filled. */
    private final List<Integer> path = new ArrayList<>();

    /** The nodes of files with several names, by their inodes on the disk. */
    private final Map<Long, Integer> linked = new HashMap<>();

    /** How deep the uppermost opaque directory of the path is. */
    private int opaqueDepth = Integer.MAX_VALUE;

    Member(
        StoredLayerDisk disk,
        Ext4Reader source,
        ImpliedNames implied,
        Ext4Writer fs,
        LayerTree tree) {
      this.disk = disk;
      this.source = source;
      this.implied = implied;
      this.fs = fs;
      this.tree = tree;
    }

    void put() throws IOException {
      source.walk(this::put);
      if (implied.depth() > 0) {
        throw implied.damaged();
      }
    }

    private void put(ByteString name, Ext4Node node) throws IOException {
      List<ByteString> names = EntryPath.split(name);
      if (names.isEmpty()) {
        putRoot(node);
        return;
      }
      int depth = names.size();
      budget.countEntry(name);
      budget.checkDepth(depth, name);
      path.subList(depth, path.size()).clear();
      if (depth <= opaqueDepth) {
        opaqueDepth = Integer.MAX_VALUE;
      }
      try {
        put(name, path.get(depth - 1), names.get(depth - 1), node);
      } catch (Ext4LimitException e) {
        throw LayerApplier.translate(e, name);
      }
    }

    private void putRoot(Ext4Node node) {
      if (!disk.rootImplied()) {
        tree.setAttributes(fs.root(), LayerTree.withoutOpaque(node.attributes()));
      }
      enter(fs.root(), node);
    }

    private void enter(int directory, Ext4Node node) {
      if (LayerTree.isOpaque(node.attributes())) {
        opaqueDepth = Math.min(opaqueDepth, path.size());
        tree.makeOpaque(directory);
      }
      path.add(directory);
    }

    private void put(ByteString whole, int parent, ByteString name, Ext4Node node)
        throws IOException {
      switch (node.type()) {
        case DIRECTORY -> enter(directory(parent, name, node), node);
        case FILE -> {
          if (!isFurtherName(parent, name, node)) {
            budget.countContent(whole, node.sizeBytes());
            tree.clear(parent, name);
            own(node, fs.beginFile(parent, name.toByteArray(), node.attributes()));
            FileContent content = new FileContent(fs);
            source.copyContent(node, content);
            content.end(node.sizeBytes());
          }
        }
        case SYMLINK -> {
          if (!isFurtherName(parent, name, node)) {
            byte[] target = source.target(node).toByteArray();
            tree.clear(parent, name);
            own(node, fs.makeSymlink(parent, name.toByteArray(), target, node.attributes()));
          }
        }
        default -> {
          if (isWhiteout(node)) {
            tree.whiteout(parent, name);
          } else if (!isFurtherName(parent, name, node)) {
            tree.clear(parent, name);
            own(
                node,
                fs.makeDevice(
                    parent,
                    name.toByteArray(),
                    node.type(),
                    node.deviceMajor(),
                    node.deviceMinor(),
                    node.attributes()));
          }
        }
      }
    }

    private int directory(int parent, ByteString name, Ext4Node node) {
      // The list has the order of the walk, and all directories on the way to those it is about.
      boolean listed = implied.depth() == path.size() && implied.name().equals(name);
      boolean isImplied = listed && implied.isImplied();
      if (listed) {
        implied.next();
      }
      return isImplied
          ? tree.impliedDirectory(parent, name)
          : tree.makeDirectory(parent, name, LayerTree.withoutOpaque(node.attributes()));
    }

    /** Gives a node that is there already this name too; false if it has to be made. */
    private boolean isFurtherName(int parent, ByteString name, Ext4Node node) {
      Integer made = linked.get(node.inode());
      if (made == null) {
        return false;
      }
      tree.clear(parent, name);
      fs.link(parent, name.toByteArray(), made);
      return true;
    }

    private void own(Ext4Node node, int made) {
      tree.setOwn(made);
      if (node.links() > 1) {
        linked.put(node.inode(), made);
      }
    }

    private boolean isWhiteout(Ext4Node node) {
      return node.type() == Ext4FileType.CHARACTER_DEVICE
          && node.deviceMajor() == 0
          && node.deviceMinor() == 0
          && opaqueDepth == Integer.MAX_VALUE;
    }
  }
}

package io.vic4j.storage;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.storage.ext4.Ext4Attributes;
import io.vic4j.storage.ext4.Ext4Node;
import io.vic4j.storage.ext4.Ext4Reader;
import io.vic4j.storage.tar.ByteString;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * A directory as overlayfs shows it, and what it should look like; {@link Seam} explains it.
 *
 * @param copies the directories whose content it shows, uppermost first; at least one
 * @param attributes what it should look like
 * @param isWrong whether it looks otherwise
 */
record MergedDirectory(List<Copy> copies, Ext4Attributes attributes, boolean isWrong) {
  /**
   * Merges what several disks have at one place.
   *
   * @param found what is there, uppermost first
   * @param implied the disks where a directory there is implied
   * @return empty if overlayfs shows no directory there
   */
  static Optional<MergedDirectory> of(Iterator<Copy> found, Set<Digest> implied) {
    List<Copy> copies = new ArrayList<>();
    Ext4Attributes attributes = null;
    boolean hidden = false;
    while (found.hasNext() && (attributes == null || !hidden)) {
      Copy copy = found.next();
      if (!copy.node.isDirectory()) {
        break;
      }
      if (!hidden) {
        copies.add(copy);
      }
      if (attributes == null && !implied.contains(copy.disk.diffId())) {
        attributes = copy.attributes();
      }
      hidden |= copy.isOpaque();
    }
    if (copies.isEmpty()) {
      return Optional.empty();
    }
    Ext4Attributes right = attributes == null ? LayerTree.IMPLIED : attributes;
    boolean uppermostImplied = implied.contains(copies.get(0).disk.diffId());
    return Optional.of(
        new MergedDirectory(copies, right, uppermostImplied && !right.equals(LayerTree.IMPLIED)));
  }

  /** The directory of this name in it, if overlayfs shows one. */
  Optional<MergedDirectory> child(ByteString name, Set<Digest> implied) {
    return of(copies.stream().flatMap(copy -> copy.child(name).stream()).iterator(), implied);
  }

  /** What one disk has at one place. */
  static final class Copy {
    private final StoredLayerDisk disk;
    private final Ext4Reader fs;
    private final Ext4Node node;
    private @Nullable SortedMap<ByteString, Long> names;

    private Copy(StoredLayerDisk disk, Ext4Reader fs, Ext4Node node) {
      this.disk = disk;
      this.fs = fs;
      this.node = node;
    }

    static Copy root(StoredLayerDisk disk, Ext4Reader fs) {
      return new Copy(disk, fs, fs.root());
    }

    private Optional<Copy> child(ByteString name) {
      try {
        if (names == null) {
          names = fs.names(node);
        }
        Long inode = names.get(name);
        return inode == null ? Optional.empty() : Optional.of(new Copy(disk, fs, fs.node(inode)));
      } catch (CorruptException e) {
        throw LayerDisks.damaged(
            disk.diffId(), disk.extentPath(), String.valueOf(e.getMessage()), e);
      }
    }

    private boolean isOpaque() {
      return LayerTree.isOpaque(node.attributes());
    }

    private Ext4Attributes attributes() {
      return LayerTree.withoutOpaque(node.attributes());
    }
  }
}

package io.vic4j.storage.overlay;

import io.vic4j.storage.ext4.Ext4Node;
import io.vic4j.storage.tar.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What overlayfs shows at one place: of a directory, what all layers have there, the uppermost
 * first; of anything else, the uppermost one. A directory remembers its names once it was asked for
 * them.
 */
final class MergedNode {
  private final List<Copy> copies;

  private MergedNode(List<Copy> copies) {
    this.copies = copies;
  }

  /** What one disk has at the place. */
  static final class Copy {
    private final Source at;

    Copy(DiskFiles disk, Ext4Node node) {
      this(Source.raw(disk, node));
    }

    private Copy(Source at) {
      this.at = at;
    }

    DiskFiles disk() {
      return at.disk();
    }

    Ext4Node node() {
      return at.node();
    }

    private Set<ByteString> names() {
      return at.names();
    }

    private Optional<Copy> child(ByteString name) {
      Optional<Source> child = at.child(name);
      if (disk().isLayer()) {
        child.ifPresent(it -> OverlayMarks.requireWhole(it.node()));
      }
      return child.map(Copy::new);
    }

    private boolean isWhiteout() {
      return disk().isLayer() && OverlayMarks.isWhiteout(node());
    }

    /** Whether nothing below this is shown at its place. */
    private boolean hidesLower() {
      return !node().isDirectory() || (disk().isLayer() && OverlayMarks.isOpaque(node()));
    }
  }

  /** The root of a stack of layers, uppermost first. */
  static MergedNode root(List<Copy> roots) {
    return new MergedNode(List.copyOf(roots));
  }

  /** What has this name in this directory. */
  Optional<MergedNode> child(ByteString name) {
    List<Copy> shown = new ArrayList<>();
    for (Copy copy : copies) {
      Optional<Copy> child = copy.child(name);
      if (child.isEmpty()) {
        continue;
      }
      boolean belowADirectory = !shown.isEmpty();
      if (child.get().isWhiteout() || (belowADirectory && !child.get().node().isDirectory())) {
        break;
      }
      shown.add(child.get());
      if (child.get().hidesLower()) {
        break;
      }
    }
    return shown.isEmpty() ? Optional.empty() : Optional.of(new MergedNode(shown));
  }

  /** The names in this directory, some of which may be hidden, in the order of their bytes. */
  SortedSet<ByteString> names() {
    SortedSet<ByteString> names = new TreeSet<>();
    copies.forEach(copy -> names.addAll(copy.names()));
    return names;
  }

  List<Copy> copies() {
    return copies;
  }

  /** Where type, attributes and content come from. */
  Copy top() {
    return copies.get(0);
  }

  boolean isDirectory() {
    return top().node().isDirectory();
  }

  /** What a program would see of it. */
  Ext4Node shown() {
    return top().disk().isLayer() ? OverlayMarks.shown(top().node()) : top().node();
  }
}

package io.vic4j.storage;

import io.vic4j.storage.LayerException.Reason;
import io.vic4j.storage.ext4.Ext4Attributes;
import io.vic4j.storage.ext4.Ext4FileType;
import io.vic4j.storage.ext4.Ext4Writer;
import io.vic4j.storage.tar.ByteString;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The tree of a file system while layers are put into it, lowest first: which node a path means,
 * and which nodes came with which layer.
 *
 * <p>A layer hides what is below it in three ways: by whiteouts of a name, by opaque directories,
 * and by having something that is no directory where the layer below has one. In the tree, what the
 * layers before this one brought is then removed. What layers that are not in this tree may have
 * there is hidden too if {@code overlaid}, in overlayfs's words: a character device 0:0 for a name,
 * an extended attribute for a directory. Sources: OCI image specification 1.1, layer, "Applying
 * Changesets"; kernel documentation, overlayfs, "whiteouts and opaque directories".
 */
final class LayerTree {
  /** What the names of attributes begin with that overlayfs keeps for itself. */
  static final String OVERLAY_XATTRS = "trusted.overlay.";

  static final String OPAQUE = OVERLAY_XATTRS + "opaque";
  private static final byte[] YES = "y".getBytes(StandardCharsets.US_ASCII);
  private static final Ext4Attributes WHITEOUT = Ext4Attributes.of(0, 0, 0, Instant.EPOCH);

  /** The attributes of a directory that is only implied, by what is in it. */
  static final Ext4Attributes IMPLIED = Ext4Attributes.of(0755, 0, 0, Instant.EPOCH);

  /** As many as the kernel follows in one path (MAXSYMLINKS, path_resolution(7)). */
  private static final int MAX_SYMLINKS = 40;

  private static final ByteString UP = ByteString.of("..");
  private static final ByteString HERE = ByteString.of(".");

  private final Ext4Writer fs;
  private final boolean overlaid;
  private final LayerBudget budget;
  private int layer;
  private boolean whiteouts;
  private boolean opaques;
  private boolean implied;

  /** By node: the layer that brought it or named it last; negative for a whiteout. */
  private int[] origins = new int[1024];

  /**
   * By directory: the layer that last settled its attributes, by an entry for it or by hiding the
   * directory below it; 0 while it is implied.
   */
  private int[] settled = new int[1024];

  /** By node: where the symbolic links of the current layer lead. */
  private final Map<Integer, ByteString> symlinks = new HashMap<>();

  LayerTree(Ext4Writer fs, boolean overlaid, LayerBudget budget) {
    this.fs = fs;
    this.overlaid = overlaid;
    this.budget = budget;
  }

  /** Whatever comes now belongs to the next layer. */
  void beginLayer() {
    layer++;
    symlinks.clear();
  }

  /**
   * The directory that these names lead to from the root. What is missing is made; what the layers
   * before have there, but is no directory, is replaced, for overlayfs would hide it.
   *
   * <p>A symbolic link on the way is followed if it came with this same layer, and stays below the
   * root however it tries; those of other layers are not, since a layer is unpacked by itself. That
   * is what containerd and Docker do over overlayfs.
   */
  int directory(List<ByteString> names, ByteString entry) {
    return walk(names, entry, true).orElseThrow();
  }

  /** What {@link #directory} gives, if no part of it is missing; makes nothing. */
  OptionalInt findDirectory(List<ByteString> names, ByteString entry) {
    return walk(names, entry, false);
  }

  private OptionalInt walk(List<ByteString> names, ByteString entry, boolean make) {
    Deque<ByteString> ahead = new ArrayDeque<>(names);
    Deque<Integer> above = new ArrayDeque<>();
    int directory = fs.root();
    int followed = 0;
    while (!ahead.isEmpty()) {
      ByteString name = ahead.pop();
      if (name.equals(UP)) {
        directory = above.isEmpty() ? fs.root() : above.pop();
      } else if (!name.equals(HERE)) {
        OptionalInt node = find(directory, name);
        ByteString target = node.isPresent() ? ownLinkTarget(node.getAsInt()) : null;
        if (target != null) {
          if (++followed > MAX_SYMLINKS) {
            throw new LayerException(
                Reason.MALFORMED,
                entry.toString(),
                "entry '" + entry + "' lies behind a loop of symbolic links",
                null);
          }
          if (target.at(0) == '/') {
            above.clear();
            directory = fs.root();
          }
          List<ByteString> parts = EntryPath.split(target);
          for (int i = parts.size() - 1; i >= 0; i--) {
            ahead.push(parts.get(i));
          }
        } else {
          if (node.isEmpty() || !isDirectory(node.getAsInt())) {
            if (!make) {
              return OptionalInt.empty();
            }
            budget.countEntry(entry);
          }
          above.push(directory);
          directory = make ? imply(directory, name, node) : node.getAsInt();
          budget.checkDepth(above.size(), entry);
        }
      }
    }
    return OptionalInt.of(directory);
  }

  /** Where a symbolic link of this layer leads; null if the node is none. */
  private @Nullable ByteString ownLinkTarget(int node) {
    return isOwn(node) && fs.type(node) == Ext4FileType.SYMLINK ? symlinks.get(node) : null;
  }

  /** The node of this name; a whiteout is one, too. */
  OptionalInt find(int directory, ByteString name) {
    return fs.find(directory, name.toByteArray());
  }

  boolean isDirectory(int node) {
    return fs.type(node) == Ext4FileType.DIRECTORY;
  }

  /** Whether a node came with this layer, or was named by it, and is not a whiteout. */
  boolean isOwn(int node) {
    return node < origins.length && origins[node] == layer;
  }

  /** Says that a node came with this layer. */
  void setOwn(int node) {
    setOrigin(node, layer);
  }

  void setOwnSymlink(int node, ByteString target) {
    setOwn(node);
    symlinks.put(node, target);
  }

  private void setOrigin(int node, int origin) {
    origins = set(origins, node, origin);
  }

  private void setSettled(int directory, int layer) {
    settled = set(settled, directory, layer);
  }

  private static int[] set(int[] column, int node, int value) {
    int[] result = column;
    if (node >= column.length) {
      result = Arrays.copyOf(column, Math.max(node + 1, column.length + (column.length >> 1)));
    }
    result[node] = value;
    return result;
  }

  /** The directory of this name, found or made for what is in it. */
  int impliedDirectory(int parent, ByteString name) {
    return imply(parent, name, find(parent, name));
  }

  private int imply(int parent, ByteString name, OptionalInt there) {
    if (there.isPresent() && isDirectory(there.getAsInt())) {
      setOwn(there.getAsInt());
      return there.getAsInt();
    }
    int directory = makeDirectory(parent, name, IMPLIED);
    if (there.isEmpty()) {
      setSettled(directory, 0);
      implied = true;
    }
    return directory;
  }

  /** Makes a directory, or gives one that is there these attributes. */
  int makeDirectory(int parent, ByteString name, Ext4Attributes attributes) {
    OptionalInt there = find(parent, name);
    if (there.isPresent() && isDirectory(there.getAsInt())) {
      int directory = there.getAsInt();
      setAttributes(directory, attributes);
      return directory;
    }
    Ext4Attributes own = attributes;
    if (there.isPresent()) {
      // What stood here hid a directory of the layers below, and still does.
      fs.remove(parent, name.toByteArray());
      own = overlaid ? opaque(attributes) : attributes;
    }
    int directory = fs.makeDirectory(parent, name.toByteArray(), own);
    setOwn(directory);
    setSettled(directory, layer);
    return directory;
  }

  /** Gives a directory other attributes; an opaque one stays so. */
  void setAttributes(int directory, Ext4Attributes attributes) {
    boolean wasOpaque = isOpaque(fs.attributes(directory));
    fs.setAttributes(directory, wasOpaque && overlaid ? opaque(attributes) : attributes);
    setOwn(directory);
    setSettled(directory, layer);
  }

  /** Takes what this layer does not say itself from a directory: what is below it is hidden. */
  private void forgetAttributes(int directory) {
    if (settled[directory] != layer) {
      setAttributes(directory, IMPLIED);
    }
  }

  /** Removes what has this name, if anything. */
  void clear(int parent, ByteString name) {
    if (find(parent, name).isPresent()) {
      fs.remove(parent, name.toByteArray());
    }
  }

  /** Hides what the layers below this one have of this name. */
  void whiteout(int parent, ByteString name) {
    OptionalInt there = find(parent, name);
    if (there.isPresent() && isOwn(there.getAsInt())) {
      // The layer has something of this name itself, which stays, whichever came first.
      if (isDirectory(there.getAsInt())) {
        makeOpaque(there.getAsInt());
        forgetAttributes(there.getAsInt());
      }
      return;
    }
    if (there.isPresent()) {
      fs.remove(parent, name.toByteArray());
    }
    if (overlaid) {
      int node =
          fs.makeDevice(parent, name.toByteArray(), Ext4FileType.CHARACTER_DEVICE, 0, 0, WHITEOUT);
      setOrigin(node, -layer);
      whiteouts = true;
    }
  }

  /** Hides what the layers below this one have in a directory. */
  void makeOpaque(int directory) {
    removeOthers(directory);
    if (overlaid) {
      fs.setAttributes(directory, opaque(fs.attributes(directory)));
    }
  }

  /**
   * Ends the last layer. Below an opaque directory, whiteouts have nothing to hide, and overlayfs
   * would show them: it looks for whiteouts only where it merges directories.
   */
  void finish() {
    if (whiteouts && opaques) {
      removeWhiteouts(fs.root(), false);
    }
  }

  private void removeWhiteouts(int directory, boolean belowOpaque) {
    boolean here = belowOpaque || isOpaque(fs.attributes(directory));
    for (byte[] name : fs.names(directory)) {
      int node = fs.find(directory, name).orElseThrow();
      if (isDirectory(node)) {
        removeWhiteouts(node, here);
      } else if (here && node < origins.length && origins[node] < 0) {
        fs.remove(directory, name);
      }
    }
  }

  private void removeOthers(int directory) {
    if (layer == 1) {
      return; // There are no others.
    }
    for (byte[] name : fs.names(directory)) {
      int node = fs.find(directory, name).orElseThrow();
      if (!isOwn(node)) {
        fs.remove(directory, name);
      } else if (isDirectory(node)) {
        forgetAttributes(node);
        removeOthers(node);
      }
    }
  }

  /** Whether the root has no entry of its own. */
  boolean isRootImplied() {
    return settled[fs.root()] == 0;
  }

  /** Tells which directories are implied. */
  void listImplied(ImpliedList list) {
    if (implied) {
      listImplied(fs.root(), list);
    }
  }

  private void listImplied(int directory, ImpliedList list) {
    for (byte[] name : fs.names(directory)) {
      int node = fs.find(directory, name).orElseThrow();
      if (isDirectory(node)) {
        list.enter(ByteString.of(name), settled[node] == 0);
        listImplied(node, list);
        list.leave();
      }
    }
  }

  /** Whether these are the attributes of an opaque directory. */
  static boolean isOpaque(Ext4Attributes attributes) {
    return attributes.xattrs().names().contains(OPAQUE);
  }

  /** A directory's own attributes: that it is opaque is another matter. */
  static Ext4Attributes withoutOpaque(Ext4Attributes attributes) {
    return attributes.withXattrs(attributes.xattrs().without(OPAQUE));
  }

  private Ext4Attributes opaque(Ext4Attributes attributes) {
    opaques = true;
    return attributes.withXattrs(attributes.xattrs().with(OPAQUE, YES));
  }
}

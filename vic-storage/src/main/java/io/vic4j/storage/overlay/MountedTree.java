package io.vic4j.storage.overlay;

import io.vic4j.core.InvalidArgumentException;
import io.vic4j.storage.ext4.Ext4FileType;
import io.vic4j.storage.tar.ByteString;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/** A root file system with volumes mounted in it. Filled by one thread, then read by any. */
final class MountedTree {
  // As many as Linux follows (path_resolution(7)).
  private static final int MAX_SYMLINKS = 40;
  private static final ByteString HERE = ByteString.of(".");
  private static final ByteString UP = ByteString.of("..");

  private final Place root;
  private final Map<ByteString, MergedNode> mounts = new HashMap<>();

  /**
   * A place in the tree.
   *
   * @param path the names from the root down, each with a slash before it; empty for the root
   * @param found what is there; null if nothing is
   */
  record Place(ByteString path, @Nullable MergedNode found) {
    Optional<MergedNode> node() {
      return Optional.ofNullable(found);
    }
  }

  MountedTree(MergedNode root) {
    this.root = new Place(ByteString.EMPTY, root);
  }

  /**
   * Mounts a volume where a guest would: symbolic links on the way are followed within the root,
   * and what is not there is thought to have been made.
   */
  void mount(String path, MergedNode volume) {
    mounts.put(walk(path, true, true).path, volume);
  }

  /** What has this name in a directory. */
  Place child(Place directory, ByteString name) {
    ByteString path = join(directory.path, name);
    MergedNode mounted = mounts.get(path);
    if (mounted != null) {
      return new Place(path, mounted);
    }
    return new Place(
        path,
        directory
            .node()
            .filter(MergedNode::isDirectory)
            .flatMap(node -> node.child(name))
            .orElse(null));
  }

  /** The names in a directory, some of which may lead nowhere, in the order of their bytes. */
  SortedSet<ByteString> names(Place directory) {
    SortedSet<ByteString> names = directory.node().orElseThrow().names();
    for (ByteString mount : mounts.keySet()) {
      int from = directory.path.size() + 1;
      if (mount.size() > from
          && mount.substring(0, directory.path.size()).equals(directory.path)
          && mount.at(from - 1) == '/'
          && mount.indexOf('/', from) == mount.size()) {
        names.add(mount.substring(from, mount.size()));
      }
    }
    return names;
  }

  /**
   * Where a path leads. It begins at the root, whether it says so or not, and never leaves it:
   * {@code ..} of the root is the root, and so is the {@code /} of a symbolic link.
   *
   * @param followLast whether a symbolic link is followed if it is the last name
   * @throws InvalidArgumentException if there are too many symbolic links on the way
   */
  Place resolve(String path, boolean followLast) {
    return walk(path, followLast, false);
  }

  /**
   * Goes along a path.
   *
   * @param thoughtThere whether what is not there is taken for a directory
   */
  private Place walk(String path, boolean followLast, boolean thoughtThere) {
    Deque<ByteString> names = new ArrayDeque<>(split(ByteString.of(path)));
    Deque<Place> way = new ArrayDeque<>();
    way.push(root);
    int followed = 0;
    while (!names.isEmpty()) {
      ByteString name = names.pop();
      if (name.equals(HERE)) {
        continue;
      }
      if (name.equals(UP)) {
        if (!thoughtThere && way.element().node().filter(MergedNode::isDirectory).isEmpty()) {
          return new Place(join(way.element().path, name), null);
        }
        if (way.size() > 1) {
          way.pop();
        }
        continue;
      }
      Place next = child(way.element(), name);
      Optional<ByteString> target = next.node().flatMap(MountedTree::target);
      if (target.isPresent() && (followLast || !names.isEmpty())) {
        if (++followed > MAX_SYMLINKS) {
          throw new InvalidArgumentException("'" + path + "' leads in circles of symbolic links");
        }
        if (target.get().at(0) == '/') {
          way.clear();
          way.push(root);
        }
        List<ByteString> more = split(target.get());
        for (int i = more.size() - 1; i >= 0; i--) {
          names.push(more.get(i));
        }
      } else {
        way.push(next);
      }
    }
    return way.element();
  }

  static Optional<ByteString> target(MergedNode node) {
    MergedNode.Copy top = node.top();
    return top.node().type() == Ext4FileType.SYMLINK
        ? Optional.of(top.disk().named(() -> top.disk().fs().target(top.node())))
        : Optional.empty();
  }

  private static List<ByteString> split(ByteString path) {
    List<ByteString> names = new ArrayList<>();
    for (int at = 0; at < path.size(); ) {
      int slash = path.indexOf('/', at);
      if (slash > at) {
        names.add(path.substring(at, slash));
      }
      at = slash + 1;
    }
    return names;
  }

  private static ByteString join(ByteString folder, ByteString name) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream(folder.size() + 1 + name.size());
    joined.writeBytes(folder.toByteArray());
    joined.write('/');
    joined.writeBytes(name.toByteArray());
    return ByteString.of(joined.toByteArray());
  }
}

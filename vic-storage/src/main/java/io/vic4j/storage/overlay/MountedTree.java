package io.vic4j.storage.overlay;

import io.vic4j.core.InvalidArgumentException;
import io.vic4j.storage.ext4.Ext4FileType;
import io.vic4j.storage.tar.ByteString;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/** A root file system with volumes mounted in it. Filled by one thread, then read by any. */
final class MountedTree implements PathWalk.Tree<MountedTree.Place> {
  private final Place root;
  private final Map<ByteString, MergedNode> mounts = new HashMap<>();
  private final PathWalk<Place> paths = new PathWalk<>(this);

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
    mounts.put(mountPoint(path).path, volume);
  }

  /** Where something is mounted that is to be at this path. */
  Place mountPoint(String path) {
    return paths.walk(root, PathWalk.split(ByteString.of(path)), true, true);
  }

  /** What has this name in a directory. */
  @Override
  public Place child(Place directory, ByteString name) {
    ByteString path = PathWalk.join(directory.path, name);
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
    return paths.walk(root, PathWalk.split(ByteString.of(path)), followLast, false);
  }

  @Override
  public boolean isDirectory(Place place) {
    return place.node().filter(MergedNode::isDirectory).isPresent();
  }

  @Override
  public Optional<ByteString> linkTarget(Place place) {
    return place.node().flatMap(MountedTree::target);
  }

  @Override
  public Place nothing(Place above, ByteString name) {
    return new Place(PathWalk.join(above.path, name), null);
  }

  static Optional<ByteString> target(MergedNode node) {
    MergedNode.Copy top = node.top();
    return top.node().type() == Ext4FileType.SYMLINK
        ? Optional.of(top.disk().named(() -> top.disk().fs().target(top.node())))
        : Optional.empty();
  }
}

package io.vic4j.storage.overlay;

import io.vic4j.core.InvalidArgumentException;
import io.vic4j.storage.tar.ByteString;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Goes along paths as a kernel does, within a root: neither {@code ..} nor the {@code /} of a
 * symbolic link leads out of it.
 *
 * @param <P> a place, whether something is there or not
 */
final class PathWalk<P> {
  // As many as Linux follows (path_resolution(7)).
  private static final int MAX_SYMLINKS = 40;
  private static final ByteString HERE = ByteString.of(".");
  private static final ByteString UP = ByteString.of("..");

  private final Tree<P> tree;

  /** What there is. */
  interface Tree<P> {
    /** The place of this name in a directory, or below anything else. */
    P child(P directory, ByteString name);

    /** Whether a directory is there. */
    boolean isDirectory(P place);

    /** Where the symbolic link that is there leads. */
    Optional<ByteString> linkTarget(P place);

    /** A place where nothing is. */
    P nothing(P above, ByteString name);
  }

  PathWalk(Tree<P> tree) {
    this.tree = tree;
  }

  /**
   * Goes along a path.
   *
   * @param followLast whether a symbolic link is followed if it is the last name
   * @param thoughtThere whether what is not there is taken for a directory
   * @throws InvalidArgumentException if there are too many symbolic links on the way
   */
  P walk(P root, List<ByteString> path, boolean followLast, boolean thoughtThere) {
    Deque<ByteString> names = new ArrayDeque<>(path);
    Deque<P> way = new ArrayDeque<>();
    way.push(root);
    int followed = 0;
    while (!names.isEmpty()) {
      ByteString name = names.pop();
      if (name.equals(HERE)) {
        continue;
      }
      if (name.equals(UP)) {
        if (!thoughtThere && !tree.isDirectory(way.element())) {
          return tree.nothing(way.element(), name);
        }
        if (way.size() > 1) {
          way.pop();
        }
        continue;
      }
      P next = tree.child(way.element(), name);
      Optional<ByteString> target = tree.linkTarget(next);
      if (target.isPresent() && (followLast || !names.isEmpty())) {
        if (++followed > MAX_SYMLINKS) {
          throw new InvalidArgumentException(
              "'" + join(path) + "' leads in circles of symbolic links");
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

  /** The names of a path. */
  static List<ByteString> split(ByteString path) {
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

  /** The names of a path, without {@code .} and after each {@code ..} has taken one away. */
  static List<ByteString> clean(ByteString path) {
    List<ByteString> names = new ArrayList<>();
    for (ByteString name : split(path)) {
      if (name.equals(UP)) {
        if (!names.isEmpty()) {
          names.remove(names.size() - 1);
        }
      } else if (!name.equals(HERE)) {
        names.add(name);
      }
    }
    return names;
  }

  static ByteString join(ByteString folder, ByteString name) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream(folder.size() + 1 + name.size());
    joined.writeBytes(folder.toByteArray());
    joined.write('/');
    joined.writeBytes(name.toByteArray());
    return ByteString.of(joined.toByteArray());
  }

  /** The path of these names. */
  static ByteString join(List<ByteString> names) {
    ByteString path = ByteString.EMPTY;
    for (ByteString name : names) {
      path = join(path, name);
    }
    return path;
  }
}

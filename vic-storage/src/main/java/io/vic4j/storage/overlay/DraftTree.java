package io.vic4j.storage.overlay;

import io.vic4j.core.ConflictException;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.storage.tar.ByteString;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** A root file system that is being changed, with volumes mounted in it. */
final class DraftTree implements PathWalk.Tree<DraftTree.Place> {
  private final Place root;
  private final Map<ByteString, Mount> mounts = new HashMap<>();
  private final PathWalk<Place> paths = new PathWalk<>(this);

  /**
   * A place in the tree.
   *
   * @param path the names from the root down, each with a slash before it; empty for the root
   * @param found what is there; null if nothing is
   */
  record Place(ByteString path, @Nullable DraftNode found) {
    Optional<DraftNode> node() {
      return Optional.ofNullable(found);
    }

    Optional<DraftFolder> folder() {
      return found instanceof DraftFolder folder ? Optional.of(folder) : Optional.empty();
    }

    @Override
    public String toString() {
      return path.isEmpty() ? "/" : path.toString();
    }
  }

  private record Mount(@Nullable DraftNode node, boolean readOnly) {
    boolean isInMemory() {
      return node == null;
    }
  }

  /** A tree without volumes. */
  DraftTree(DraftFolder root, boolean readOnly) {
    this.root = new Place(ByteString.EMPTY, root);
    mounts.put(ByteString.EMPTY, new Mount(root, readOnly));
  }

  Place root() {
    return root;
  }

  /** Mounts a volume where a guest would; see {@link MountedTree#mount}. */
  void mount(String path, DraftNode volume, boolean readOnly) {
    mounts.put(mountPoint(path), new Mount(volume, readOnly));
  }

  /** Mounts what is in memory while a machine runs, and so is not here. */
  void mountMemory(String path) {
    mounts.put(mountPoint(path), new Mount(null, false));
  }

  private ByteString mountPoint(String path) {
    return paths.walk(root, PathWalk.split(ByteString.of(path)), true, true).path;
  }

  @Override
  public Place child(Place directory, ByteString name) {
    ByteString path = PathWalk.join(directory.path, name);
    Mount mount = mounts.get(path);
    if (mount != null) {
      return new Place(path, mount.node);
    }
    return new Place(path, directory.folder().flatMap(it -> it.child(name)).orElse(null));
  }

  @Override
  public boolean isDirectory(Place place) {
    return place.folder().isPresent();
  }

  @Override
  public Optional<ByteString> linkTarget(Place place) {
    return place.node().flatMap(DraftNode::linkTarget);
  }

  @Override
  public Place nothing(Place above, ByteString name) {
    return new Place(PathWalk.join(above.path, name), null);
  }

  /** Where a path leads from a folder, which is its root. */
  Place find(Place base, List<ByteString> names, boolean followLast) {
    return paths.walk(base, names, followLast, false);
  }

  /**
   * The folder at a path.
   *
   * @throws NotFoundException if nothing is there
   * @throws InvalidArgumentException if it is no folder
   * @throws ConflictException if nothing can be written there
   */
  Place folder(String path) {
    Place place = find(root, PathWalk.split(ByteString.of(path)), true);
    requireWritable(place);
    if (place.node().isEmpty()) {
      throw new NotFoundException("folder", path);
    }
    requireFolder(place);
    return place;
  }

  private static DraftFolder requireFolder(Place place) {
    return place
        .folder()
        .orElseThrow(() -> new InvalidArgumentException("'" + place + "' is no folder"));
  }

  /**
   * The folder that names lead to, symbolic links followed; what is missing is made.
   *
   * @param base where they begin, and what they do not lead out of
   * @param maker makes a folder of a name in another one
   */
  Place makeFolders(
      Place base, List<ByteString> names, BiFunction<DraftFolder, ByteString, DraftFolder> maker) {
    Place at = base;
    for (int i = 0; i < names.size(); i++) {
      Place next = find(base, names.subList(0, i + 1), true);
      if (next.node().isEmpty()) {
        requireWritable(next);
        Place here = child(at, names.get(i));
        if (here.node().isPresent()) {
          throw new NotFoundException("what a link leads to", here.toString());
        }
        next = new Place(here.path, maker.apply(requireFolder(at), names.get(i)));
      }
      DraftFolder unused = requireFolder(next);
      at = next;
    }
    return at;
  }

  /**
   * Checks that what is at a place can be changed.
   *
   * @throws ConflictException if not
   */
  void requireWritable(Place place) {
    ByteString path = place.path;
    while (!mounts.containsKey(path)) {
      path = path.substring(0, lastSlash(path));
    }
    Mount mount = Objects.requireNonNull(mounts.get(path));
    if (mount.isInMemory()) {
      throw new ConflictException(
          "'%s' is in memory while the machine runs, and is gone now: start it first"
              .formatted(place));
    }
    if (mount.readOnly) {
      throw new ConflictException(
          "'%s' cannot be written: %s is read-only"
              .formatted(place, path.isEmpty() ? "the root" : "what is mounted at '" + path + "'"));
    }
  }

  private static int lastSlash(ByteString path) {
    int at = path.size() - 1;
    while (path.at(at) != '/') {
      at--;
    }
    return at;
  }

  /**
   * Makes way for something new.
   *
   * @throws ConflictException if a folder is there that holds something, or a volume
   */
  void clear(Place folder, ByteString name) {
    Place place = child(folder, name);
    ByteString below = PathWalk.join(place.path, ByteString.EMPTY);
    boolean mounted =
        mounts.containsKey(place.path)
            || mounts.keySet().stream()
                .anyMatch(
                    it -> it.size() > below.size() && it.substring(0, below.size()).equals(below));
    if (mounted) {
      throw new ConflictException("'" + place + "' cannot be replaced: a volume is mounted there");
    }
    if (place.folder().filter(it -> !it.isEmpty()).isPresent()) {
      throw new ConflictException(
          "'" + place + "' cannot be replaced: it is a folder, and not empty");
    }
    requireFolder(folder).clear(name);
  }
}

package io.vic4j.storage;

import io.vic4j.storage.LayerException.Reason;
import io.vic4j.storage.tar.ByteString;
import java.util.ArrayList;
import java.util.List;

/**
 * Where an entry stands in its layer: the names from the root down. {@code ./}, leading and double
 * slashes are gone, and {@code ..} cannot be in it.
 *
 * @param text the path as the tar has it
 * @param names the names; none for the root
 */
record EntryPath(ByteString text, List<ByteString> names) {
  private static final ByteString UP = ByteString.of("..");
  private static final ByteString HERE = ByteString.of(".");

  /**
   * Reads a path.
   *
   * @param what of what it is the path, for the message: an entry, or a hard link's target
   * @throws LayerException if a name is {@code ..}, or if there are too many
   */
  static EntryPath of(ByteString text, String what, ByteString entry, LayerLimits limits) {
    List<ByteString> names = split(text);
    names.removeIf(HERE::equals);
    if (names.contains(UP)) {
      throw new LayerException(
          Reason.ESCAPES_ROOT,
          entry.toString(),
          what + " '" + text + "' goes up with '..', which no entry of a layer may",
          null);
    }
    if (names.size() > limits.pathDepth()) {
      throw new LayerException(
          Reason.LIMIT_EXCEEDED,
          entry.toString(),
          what
              + " '"
              + text
              + "' is "
              + names.size()
              + " names deep, the limit is "
              + limits.pathDepth(),
          null);
    }
    return new EntryPath(text, names);
  }

  /** The parts between slashes that are not empty. */
  static List<ByteString> split(ByteString path) {
    List<ByteString> names = new ArrayList<>();
    int at = 0;
    while (at < path.size()) {
      int slash = path.indexOf('/', at);
      if (slash > at) {
        names.add(path.substring(at, slash));
      }
      at = slash + 1;
    }
    return names;
  }

  boolean isRoot() {
    return names.isEmpty();
  }

  /** The last name. */
  ByteString name() {
    return names.get(names.size() - 1);
  }

  /** All names but the last. */
  List<ByteString> parents() {
    return names.subList(0, names.size() - 1);
  }
}

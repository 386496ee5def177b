package io.vic4j.storage;

import io.vic4j.storage.LayerException.Reason;
import io.vic4j.storage.tar.ByteString;
import java.util.Optional;

/**
 * What an entry does to the layers below, told by its name. Source: OCI image specification 1.1,
 * layer, "Whiteouts"; {@code .wh..wh.} is the prefix of what aufs kept for itself.
 *
 * @param kind what it does
 * @param hidden the name it hides; empty unless it hides one
 */
record Whiteout(Kind kind, ByteString hidden) {
  enum Kind {
    /** Hides one name of the layers below. */
    NAME,
    /** Hides all that the layers below have in this directory. */
    OPAQUE,
    /** Says something to aufs only. */
    METADATA
  }

  static final String PREFIX = ".wh.";
  private static final String META_PREFIX = ".wh..wh.";
  static final ByteString OPAQUE_NAME = ByteString.of(".wh..wh..opq");

  /**
   * The whiteout that an entry is; empty if it is none.
   *
   * @throws LayerException if it is a whiteout of nothing that could be there
   */
  static Optional<Whiteout> of(EntryPath path) {
    for (int i = 0; i < path.names().size(); i++) {
      ByteString name = path.names().get(i);
      if (startsWith(name, PREFIX)) {
        return Optional.of(of(path, name, i == path.names().size() - 1));
      }
    }
    return Optional.empty();
  }

  private static Whiteout of(EntryPath path, ByteString name, boolean last) {
    if (last && name.equals(OPAQUE_NAME)) {
      return new Whiteout(Kind.OPAQUE, ByteString.EMPTY);
    }
    if (startsWith(name, META_PREFIX)) {
      return new Whiteout(Kind.METADATA, ByteString.EMPTY);
    }
    ByteString hidden = name.substring(PREFIX.length(), name.size());
    if (hidden.equals(ByteString.of(".")) || hidden.equals(ByteString.of(".."))) {
      throw new LayerException(
          Reason.ESCAPES_ROOT,
          path.text().toString(),
          "whiteout '" + path.text() + "' hides a directory from within or from below",
          null);
    }
    if (hidden.isEmpty() || !last) {
      throw new LayerException(
          Reason.MALFORMED,
          path.text().toString(),
          "whiteout '" + path.text() + "' " + (last ? "hides no name" : "has entries below it"),
          null);
    }
    return new Whiteout(Kind.NAME, hidden);
  }

  /** Whether an entry of this name says something of another one. */
  static boolean isMark(ByteString name) {
    return startsWith(name, PREFIX);
  }

  private static boolean startsWith(ByteString name, String prefix) {
    if (name.size() < prefix.length()) {
      return false;
    }
    for (int i = 0; i < prefix.length(); i++) {
      if (name.at(i) != prefix.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}

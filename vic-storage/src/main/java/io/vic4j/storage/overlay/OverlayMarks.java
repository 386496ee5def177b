package io.vic4j.storage.overlay;

import io.vic4j.core.UnsupportedException;
import io.vic4j.storage.ext4.Ext4Attributes;
import io.vic4j.storage.ext4.Ext4FileType;
import io.vic4j.storage.ext4.Ext4Node;
import io.vic4j.storage.ext4.Ext4Xattrs;
import java.util.Arrays;

/**
 * What overlayfs notes in the file systems that it joins. Source: Linux kernel documentation,
 * "Overlay Filesystem": "whiteouts and opaque directories", "Redirecting directories", "Metadata
 * only copy up", "Nesting overlayfs mounts".
 */
public final class OverlayMarks {
  private static final String PREFIX = "trusted.overlay.";
  private static final String OPAQUE = PREFIX + "opaque";
  private static final String ESCAPED = PREFIX + "overlay.";
  private static final byte[] YES = {'y'};

  private OverlayMarks() {}

  /** Whether this hides what has its name in the layers below: a character device 0:0. */
  public static boolean isWhiteout(Ext4Node node) {
    return node.type() == Ext4FileType.CHARACTER_DEVICE
        && node.deviceMajor() == 0
        && node.deviceMinor() == 0;
  }

  /** Whether this is a directory that hides what the layers below have in it. */
  public static boolean isOpaque(Ext4Node node) {
    return node.isDirectory()
        && node.attributes()
            .xattrs()
            .value(OPAQUE)
            .filter(value -> Arrays.equals(value, YES))
            .isPresent();
  }

  /**
   * A node as overlayfs shows it: without its notes, and with those of an overlayfs within that one
   * under their own names again.
   */
  public static Ext4Node shown(Ext4Node node) {
    Ext4Xattrs xattrs = node.attributes().xattrs();
    Ext4Xattrs shown = xattrs;
    for (String name : xattrs.names()) {
      if (name.startsWith(PREFIX)) {
        shown = shown.without(name);
      }
    }
    for (String name : xattrs.names()) {
      if (name.startsWith(ESCAPED)) {
        byte[] value = xattrs.value(name).orElseThrow();
        shown = shown.with(PREFIX + name.substring(ESCAPED.length()), value);
      }
    }
    return new Ext4Node(
        node.inode(),
        node.type(),
        node.attributes().withXattrs(shown),
        node.sizeBytes(),
        node.links(),
        node.deviceMajor(),
        node.deviceMinor());
  }

  /**
   * Refuses a node whose content is elsewhere, by options that guests of this library do not mount
   * with.
   *
   * @throws UnsupportedException if it is such a node
   */
  public static void requireWhole(Ext4Node node) {
    for (String name : new String[] {PREFIX + "redirect", PREFIX + "metacopy"}) {
      if (node.attributes().xattrs().names().contains(name)) {
        throw new UnsupportedException(
            "inode "
                + node.inode()
                + " has the attribute "
                + name
                + ", so what belongs to it is elsewhere: not supported of an overlay; mount it"
                + " with redirect_dir=off and metacopy=off");
      }
    }
  }

  /** The attributes of an opaque directory, which else has these. */
  static Ext4Attributes opaque(Ext4Attributes attributes) {
    return attributes.withXattrs(attributes.xattrs().with(OPAQUE, YES));
  }

  /** What overlayfs gives to a copy that it makes in its upper layer: all but its own notes. */
  static Ext4Attributes copiedUp(Ext4Attributes attributes) {
    Ext4Xattrs xattrs = attributes.xattrs();
    for (String name : attributes.xattrs().names()) {
      if (name.startsWith(PREFIX) && !name.startsWith(ESCAPED)) {
        xattrs = xattrs.without(name);
      }
    }
    return attributes.withXattrs(xattrs);
  }

  /** Whether this is the name of an attribute that overlayfs keeps for itself. */
  static boolean isOwn(String xattr) {
    return xattr.startsWith(PREFIX);
  }
}

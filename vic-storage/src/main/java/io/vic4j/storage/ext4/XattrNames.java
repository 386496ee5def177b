package io.vic4j.storage.ext4;

import io.vic4j.storage.ext4.Layout.Xattr;
import java.util.Optional;
import java.util.stream.Stream;

/** Prefixes of names of extended attributes, which the disk keeps as numbers. */
enum XattrNames {
  USER(Xattr.INDEX_USER, "user.", false),
  POSIX_ACL_ACCESS(Xattr.INDEX_POSIX_ACL_ACCESS, "system.posix_acl_access", true),
  POSIX_ACL_DEFAULT(Xattr.INDEX_POSIX_ACL_DEFAULT, "system.posix_acl_default", true),
  TRUSTED(Xattr.INDEX_TRUSTED, "trusted.", false),
  SECURITY(Xattr.INDEX_SECURITY, "security.", false);

  private static final XattrNames[] ALL = values();

  private final int index;
  private final String prefix;
  private final boolean whole;

  XattrNames(int index, String prefix, boolean whole) {
    this.index = index;
    this.prefix = prefix;
    this.whole = whole;
  }

  /** The number on the disk. */
  int index() {
    return index;
  }

  /** What stands before the name on the disk. */
  String prefix() {
    return prefix;
  }

  /** Whether this is an access control list, which is the whole name. */
  boolean isAcl() {
    return whole;
  }

  /**
   * The prefix of a name.
   *
   * @throws Ext4LimitException if ext4 has no number for it
   */
  static XattrNames of(String name) {
    return find(name)
        .orElseThrow(
            () ->
                new Ext4LimitException(
                    Ext4LimitException.Limit.XATTRS,
                    "extended attribute '"
                        + name
                        + "' has a name that ext4 cannot keep: want user., trusted., security. or"
                        + " system.posix_acl_access or _default"));
  }

  /** The prefix of a name; empty if ext4 has no number for it. */
  static Optional<XattrNames> find(String name) {
    return Stream.of(ALL).filter(it -> it.matches(name)).findFirst();
  }

  private boolean matches(String name) {
    return whole ? name.equals(prefix) : name.startsWith(prefix) && name.length() > prefix.length();
  }

  /**
   * The prefix of this number.
   *
   * @throws IllegalArgumentException if it is none of those we know
   */
  static XattrNames ofIndex(int index) {
    for (XattrNames candidate : ALL) {
      if (candidate.index == index) {
        return candidate;
      }
    }
    throw new IllegalArgumentException("no prefix of extended attributes has the number " + index);
  }
}

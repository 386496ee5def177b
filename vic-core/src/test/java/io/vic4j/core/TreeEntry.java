package io.vic4j.core;

import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a tool says of one entry of a tree. All texts are bytes, as ISO 8859-1. What differs by file
 * system is left empty: of directories, the size and the count of links.
 *
 * @param mode type and permissions in octal, as in {@code st_mode}
 * @param owner user and group, in decimal
 * @param modified seconds since 1970 with nine digits of a fraction
 * @param device major and minor number in decimal; empty of all but devices
 * @param target where a symbolic link leads; empty of all others
 * @param content the SHA-256 of a file; empty of all others
 * @param xattrs extended attributes by name, in hexadecimal
 */
public record TreeEntry(
    String mode,
    String owner,
    String size,
    String modified,
    String links,
    String device,
    String target,
    String content,
    SortedMap<String, String> xattrs) {

  public static final String DIRECTORY = "4";
  public static final String FILE = "10";
  public static final String SYMBOLIC_LINK = "12";

  /** The leading digits of the mode: {@code 4} for a directory, {@code 10} for a file… */
  public String type() {
    return mode.substring(0, mode.length() - 4);
  }

  public boolean isDevice() {
    return !device.isEmpty();
  }

  /** As {@code find -printf %y} has it. */
  public String typeLetter() {
    return switch (type()) {
      case "1" -> "p";
      case "2" -> "c";
      case DIRECTORY -> "d";
      case "6" -> "b";
      case FILE -> "f";
      case SYMBOLIC_LINK -> "l";
      default -> "?";
    };
  }

  /** All that GNU tar's listing tells of the entry; of its extended attributes, only the sizes. */
  public TreeEntry asListed() {
    TreeMap<String, String> sizes = new TreeMap<>(xattrs);
    sizes.replaceAll((name, value) -> Integer.toString(value.length() / 2));
    return new TreeEntry(
        mode,
        owner,
        type().equals(FILE) ? size : "",
        listedTime(modified),
        "",
        device,
        target,
        "",
        sizes);
  }

  /**
   * A time as far as a listing can be believed: GNU tar 1.34 lists fractions of seconds before 1970
   * wrongly, though it extracts them rightly.
   */
  public static String listedTime(String seconds) {
    return seconds.startsWith("-") ? "before 1970" : seconds;
  }

  /** All that GNU tar, not run by root, can give to the entry that it extracts. */
  public TreeEntry asAnyoneExtracts() {
    TreeMap<String, String> own = new TreeMap<>(xattrs);
    own.keySet().removeIf(name -> !name.startsWith("user."));
    return new TreeEntry(type(), "", size, modified, links, "", target, content, own);
  }
}

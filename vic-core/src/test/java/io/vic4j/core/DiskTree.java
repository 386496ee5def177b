package io.vic4j.core;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a folder holds, as the system's tools say: a mounted file system, or an extracted tar. */
public final class DiskTree {
  private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");

  private DiskTree() {}

  /** All entries by their paths; the folder's own is empty. */
  public static SortedMap<String, TreeEntry> of(Path root) {
    return of(root, "");
  }

  /** As {@link #of(Path)}, without the folder itself. */
  public static SortedMap<String, TreeEntry> belowTheRoot(Path root) {
    SortedMap<String, TreeEntry> entries = of(root);
    entries.remove("");
    return entries;
  }

  /**
   * As {@link #of(Path)}, without character devices: overlayfs shows whiteouts where it merges
   * nothing, and they are nothing to open.
   */
  public static SortedMap<String, TreeEntry> withoutWhiteouts(Path root) {
    return of(root, "! -type c ");
  }

  private static SortedMap<String, TreeEntry> of(Path root, String which) {
    Map<String, SortedMap<String, String>> xattrs = xattrs(root, which);
    Map<String, String> targets = fields(root, "-type l -printf '%p\\0%l\\0'", 2, 0, 1);
    Map<String, String> contents = new TreeMap<>();
    for (String line : sh(root, "find . -xdev -type f -exec sha256sum -z {} +").split("\0")) {
      if (!line.isEmpty()) {
        contents.put(path(line.substring(66)), line.substring(0, 64));
      }
    }
    SortedMap<String, TreeEntry> entries = new TreeMap<>();
    String stat = "-exec stat --printf '%n\\0%f\\0%u:%g\\0%s\\0%.9Y\\0%h\\0%Hr:%Lr\\0' {} +";
    String[] seen = sh(root, find(which + stat)).split("\0", -1);
    for (int i = 0; i + 6 < seen.length; i += 7) {
      String path = path(seen[i]);
      String mode = Integer.toOctalString(Integer.parseInt(seen[i + 1], 16));
      boolean directory = mode.startsWith(TreeEntry.DIRECTORY) && mode.length() == 5;
      boolean device = seen[i + 1].startsWith("2") || seen[i + 1].startsWith("6");
      entries.put(
          path,
          new TreeEntry(
              mode,
              seen[i + 2],
              directory ? "" : seen[i + 3],
              seen[i + 4],
              directory ? "" : seen[i + 5],
              device ? seen[i + 6] : "",
              targets.getOrDefault(path, ""),
              contents.getOrDefault(path, ""),
              xattrs.getOrDefault(path, new TreeMap<>())));
    }
    return entries;
  }

  private static String find(String action) {
    return "find . -xdev -name lost+found -prune -o " + action;
  }

  private static Map<String, String> fields(
      Path root, String action, int width, int key, int value) {
    Map<String, String> found = new TreeMap<>();
    String[] seen = sh(root, find(action)).split("\0", -1);
    for (int i = 0; i + width <= seen.length - 1; i += width) {
      found.put(path(seen[i + key]), seen[i + value]);
    }
    return found;
  }

  private static String path(String found) {
    return found.equals(".") ? "" : found.substring(2);
  }

  private static Map<String, SortedMap<String, String>> xattrs(Path root, String which) {
    String command =
        "getfattr -h -d -m '^(user|trusted|security|system)\\.' -e hex --absolute-names {} +";
    Map<String, SortedMap<String, String>> found = new TreeMap<>();
    SortedMap<String, String> current = new TreeMap<>();
    for (String line : sh(root, find(which + "-exec " + command)).split("\n")) {
      int equals = line.indexOf("=0x");
      if (line.startsWith("# file: ")) {
        current = new TreeMap<>();
        found.put(path(unescaped(line.substring(8))), current);
      } else if (equals > 0) {
        current.put(line.substring(0, equals), line.substring(equals + 3));
      }
    }
    return found;
  }

  private static String unescaped(String name) {
    return OCTAL
        .matcher(name)
        .replaceAll(
            found ->
                Matcher.quoteReplacement(
                    String.valueOf((char) Integer.parseInt(found.group(1), 8))));
  }

  /** The names of all entries but the root with their types, sorted; also where some are hidden. */
  public static List<String> names(Path root) {
    return Arrays.stream(sh(root, find("-mindepth 1 -printf '%P %y\\n'")).split("\n"))
        .filter(line -> !line.isEmpty())
        .sorted()
        .toList();
  }

  /** As {@link #names(Path)}. */
  public static List<String> names(SortedMap<String, TreeEntry> tree) {
    return tree.entrySet().stream()
        .filter(entry -> !entry.getKey().isEmpty())
        .map(entry -> entry.getKey() + " " + entry.getValue().typeLetter())
        .sorted()
        .toList();
  }

  public static String sh(Path folder, String command) {
    ForeignTool.named("getfattr");
    ForeignTool.Result result =
        ForeignTool.named("sh").runIn(folder, Map.of("LC_ALL", "C"), "-c", command);
    if (result.exitCode() != 0) {
      throw new AssertionError(command + ": " + result.err());
    }
    return new String(result.out(), ISO_8859_1);
  }
}

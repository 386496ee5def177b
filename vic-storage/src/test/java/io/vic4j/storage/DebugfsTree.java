package io.vic4j.storage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.vic4j.core.Digest;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.TreeEntry;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a file system holds, as debugfs says: for this nobody need be root. Entries are asked for by
 * their inodes, so that no name need be quoted.
 */
final class DebugfsTree {
  private static final String ROOT_INODE = "2";
  private static final Pattern LISTED = Pattern.compile("/(\\d+)/(\\d+)/-?\\d+/-?\\d+/([^/]*)/.*/");
  private static final Pattern XATTR = Pattern.compile("  (\\S+) \\(\\d+\\).*");
  private static final Pattern MODIFIED =
      Pattern.compile("(?m)^ *mtime: 0x(\\p{XDigit}{8}):(\\p{XDigit}{8})");
  private static final Pattern OWNER = Pattern.compile("(?m)^User: +(-?\\d+) +Group: +(-?\\d+)");
  private static final Pattern SIZE = Pattern.compile("(?m) Size: (\\d+)$");
  private static final Pattern LINKS = Pattern.compile("(?m)^Links: (\\d+)");
  private static final Pattern DEVICE = Pattern.compile("major/minor number: (\\d+):(\\d+)");
  private static final Pattern FAST_LINK = Pattern.compile("(?m)^Fast link dest: \"(.*)\"$");

  private final Path image;
  private final Path folder;

  private DebugfsTree(Path image, Path folder) {
    this.image = image;
    this.folder = folder;
  }

  /** All entries by their paths; the root's is empty. */
  static SortedMap<String, TreeEntry> of(Path image) throws IOException {
    Path folder = Files.createTempDirectory("debugfs");
    try {
      return new DebugfsTree(image, folder).entries();
    } finally {
      try (var files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    }
  }

  private record Name(String path, String inode, String mode) {
    boolean is(String type) {
      return mode.length() == type.length() + 4 && mode.startsWith(type);
    }
  }

  private SortedMap<String, TreeEntry> entries() throws IOException {
    Map<String, Name> inodes = new LinkedHashMap<>();
    List<Name> names = names();
    names.forEach(name -> inodes.put(name.inode(), name));
    Map<String, String> stats = answers(inodes.keySet().stream().map(i -> "stat <" + i + ">"));
    Map<String, SortedMap<String, String>> xattrs = xattrs(inodes.keySet());
    answers(
        inodes.values().stream()
            .filter(name -> name.is(TreeEntry.FILE) || name.is(TreeEntry.SYMBOLIC_LINK))
            .map(name -> "dump <" + name.inode() + "> " + folder.resolve(name.inode())));
    SortedMap<String, TreeEntry> entries = new TreeMap<>();
    for (Name name : names) {
      String stat = stats.get("stat <" + name.inode() + ">");
      entries.put(name.path(), entry(name, stat, xattrs.get(name.inode())));
    }
    return entries;
  }

  private TreeEntry entry(Name name, String stat, SortedMap<String, String> xattrs)
      throws IOException {
    boolean directory = name.is(TreeEntry.DIRECTORY);
    Matcher device = DEVICE.matcher(stat);
    Path content = folder.resolve(name.inode());
    return new TreeEntry(
        name.mode(),
        unsigned(find(OWNER, stat).group(1)) + ":" + unsigned(find(OWNER, stat).group(2)),
        directory ? "" : find(SIZE, stat).group(1),
        modified(find(MODIFIED, stat)),
        directory ? "" : find(LINKS, stat).group(1),
        device.find()
            ? Integer.parseInt(device.group(1)) + ":" + Integer.parseInt(device.group(2))
            : "",
        name.is(TreeEntry.SYMBOLIC_LINK) ? target(stat, content) : "",
        name.is(TreeEntry.FILE) ? Digest.sha256(Files.readAllBytes(content)).hex() : "",
        xattrs);
  }

  private static String target(String stat, Path content) throws IOException {
    Matcher fast = FAST_LINK.matcher(stat);
    return fast.find() ? fast.group(1) : Files.readString(content, ISO_8859_1);
  }

  private static Matcher find(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) {
      throw new AssertionError("debugfs does not tell " + pattern + ":\n" + text);
    }
    return matcher;
  }

  /** It prints identifiers over 2^31 as negative ones. */
  private static long unsigned(String identifier) {
    return Long.parseLong(identifier) & 0xffff_ffffL;
  }

  /** Linux kernel documentation, ext4, "Inode Timestamps": 2 bits of epoch, 30 of nanoseconds. */
  private static String modified(Matcher words) {
    long extra = Long.parseLong(words.group(2), 16);
    long seconds = (int) Long.parseLong(words.group(1), 16) + ((extra & 3) << 32);
    return BigDecimal.valueOf(seconds)
        .add(BigDecimal.valueOf(extra >> 2, 9))
        .setScale(9)
        .toPlainString();
  }

  private List<Name> names() throws IOException {
    List<Name> all = new ArrayList<>();
    List<Name> level = List.of(new Name("", ROOT_INODE, ""));
    while (!level.isEmpty()) {
      List<Name> next = new ArrayList<>();
      Map<String, String> lists =
          answers(level.stream().map(name -> "ls -p <" + name.inode() + ">"));
      for (Name parent : level) {
        for (String line : lists.get("ls -p <" + parent.inode() + ">").split("\n")) {
          Matcher listed = LISTED.matcher(line);
          if (!listed.matches() || listed.group(3).equals("..")) {
            continue;
          }
          String mode = listed.group(2).replaceFirst("^0+", "");
          String path = parent.path().isEmpty() ? "" : parent.path() + "/";
          if (!listed.group(3).equals(".")) {
            next.add(new Name(path + listed.group(3), listed.group(1), mode));
          } else if (parent.path().isEmpty()) {
            all.add(new Name("", ROOT_INODE, mode));
          }
        }
      }
      next.removeIf(name -> name.path().equals("lost+found"));
      all.addAll(next);
      level = next.stream().filter(name -> name.is(TreeEntry.DIRECTORY)).toList();
    }
    return all;
  }

  private Map<String, SortedMap<String, String>> xattrs(Iterable<String> inodes)
      throws IOException {
    List<String> lists = new ArrayList<>();
    inodes.forEach(inode -> lists.add("ea_list <" + inode + ">"));
    Map<String, String> listed = answers(lists.stream());
    Map<String, SortedMap<String, String>> found = new TreeMap<>();
    for (String inode : inodes) {
      SortedMap<String, String> ofInode = new TreeMap<>();
      for (String line : listed.get("ea_list <" + inode + ">").split("\n")) {
        Matcher xattr = XATTR.matcher(line);
        if (xattr.matches()) {
          ofInode.put(xattr.group(1), "");
        }
      }
      found.put(inode, ofInode);
    }
    List<String> gets = new ArrayList<>();
    found.forEach((inode, names) -> names.keySet().forEach(name -> gets.add(get(inode, name))));
    Map<String, String> values = answers(gets.stream());
    found.forEach(
        (inode, names) ->
            names.replaceAll(
                (name, none) ->
                    values
                        .get(get(inode, name))
                        .replaceFirst("^\\S+ \\(\\d+\\)( = )?", "")
                        .replaceAll("\\s", "")));
    return found;
  }

  private static String get(String inode, String xattr) {
    return "ea_get -x <" + inode + "> " + xattr;
  }

  /** What it answers to each of these requests. */
  private Map<String, String> answers(Stream<String> requests) throws IOException {
    List<String> all = requests.distinct().toList();
    Path file = Files.write(folder.resolve("requests"), all, ISO_8859_1);
    String out =
        new String(ForeignTool.named("debugfs").check("-f", file, image).out(), ISO_8859_1);
    Map<String, String> answers = new LinkedHashMap<>();
    int position = 0;
    for (int i = 0; i < all.size(); i++) {
      String prompt = "debugfs: " + all.get(i) + "\n";
      int start = out.indexOf(prompt, position);
      if (start < 0) {
        throw new AssertionError("no answer to " + all.get(i) + ":\n" + out);
      }
      position = start + prompt.length();
      int end =
          i + 1 < all.size() ? out.indexOf("debugfs: " + all.get(i + 1) + "\n", position) : -1;
      answers.put(all.get(i), out.substring(position, end < 0 ? out.length() : end));
    }
    return answers;
  }
}

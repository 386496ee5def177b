package io.vic4j.storage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.vic4j.core.DiskTree;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.TreeEntry;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What GNU tar makes of an archive. */
final class GnuTar {
  private static final List<Object> XATTRS =
      List.of("--numeric-owner", "--xattrs", "--xattrs-include=*", "--absolute-names");
  private static final Pattern ENTRY =
      Pattern.compile("(.)(.{9})[ *.+]* (\\d+)/(\\d+) +(\\S+) (\\S+) (\\S+) +(\\S.*)");
  private static final Pattern XATTR = Pattern.compile("  x: *(\\d+) (\\S+)");
  private static final String TYPES = "pc?d?b?-?l";

  private GnuTar() {}

  /**
   * Extracts an archive. Where it is not root who does, devices are missing and owners and other
   * things are not as the archive has them: compare {@link TreeEntry#asAnyoneExtracts}.
   */
  static SortedMap<String, TreeEntry> extracted(Path archive, Path folder) throws IOException {
    List<Object> arguments = new ArrayList<>(XATTRS);
    arguments.addAll(List.of("-xpf", archive, "-C", Files.createDirectories(folder)));
    ForeignTool tar = ForeignTool.named("tar");
    if (isRoot()) {
      tar.check(arguments.toArray());
    } else {
      tar.run(arguments.toArray());
      // Or else its owner may not read what has no permissions.
      ForeignTool.named("chmod").check("-R", "u+rwX", folder);
    }
    return DiskTree.of(folder);
  }

  /** Whether this is root, who alone can mount, and extract all that a tar holds. */
  static boolean isRoot() {
    return ForeignTool.named("id").check("-u").text().strip().equals("0");
  }

  /** Its listing of an archive: of entries of one name the last, and without hard links. */
  static SortedMap<String, TreeEntry> listed(Path archive) {
    List<Object> arguments = new ArrayList<>(XATTRS);
    arguments.addAll(List.of("--full-time", "--quoting-style=literal", "-tvvvf", archive));
    ForeignTool.Result result =
        ForeignTool.named("tar")
            .runIn(null, Map.of("TZ", "UTC", "LC_ALL", "C"), arguments.toArray());
    SortedMap<String, TreeEntry> entries = new TreeMap<>();
    SortedMap<String, String> xattrs = new TreeMap<>();
    for (String line : new String(result.out(), ISO_8859_1).split("\n")) {
      Matcher xattr = XATTR.matcher(line);
      Matcher entry = ENTRY.matcher(line);
      if (xattr.matches()) {
        xattrs.put(xattr.group(2), xattr.group(1));
      } else if (entry.matches()) {
        xattrs = new TreeMap<>();
        if (!entry.group(1).equals("h")) {
          put(entries, entry, xattrs);
        }
      } else {
        throw new AssertionError("tar lists: " + line + result.err());
      }
    }
    return entries;
  }

  private static void put(
      Map<String, TreeEntry> entries, Matcher line, SortedMap<String, String> xattrs) {
    String type = Integer.toOctalString(TYPES.indexOf(line.group(1)) + 1);
    String name = line.group(8);
    String target = "";
    if (line.group(1).equals("l")) {
      int arrow = name.indexOf(" -> ");
      target = name.substring(arrow + 4);
      name = name.substring(0, arrow);
    }
    boolean device = "bc".contains(line.group(1));
    entries.put(
        name.replaceFirst("^\\./", "").replaceFirst("/$", ""),
        new TreeEntry(
            type + octal(line.group(2)),
            line.group(3) + ":" + line.group(4),
            line.group(1).equals("-") ? line.group(5) : "",
            TreeEntry.listedTime(seconds(line.group(6) + "T" + line.group(7))),
            "",
            device ? line.group(5).replace(',', ':') : "",
            target,
            "",
            xattrs));
  }

  /** {@code rwsr-x--T}: a letter in place of an x tells of a bit above the permissions too. */
  private static String octal(String permissions) {
    int bits = 0;
    for (int i = 0; i < 9; i++) {
      char letter = permissions.charAt(i);
      if ("-ST".indexOf(letter) < 0) {
        bits |= 0400 >> i;
      }
      if ("sStT".indexOf(letter) >= 0) {
        bits |= 04000 >> (i / 3);
      }
    }
    return String.format("%04o", bits);
  }

  private static String seconds(String utc) {
    Instant time = LocalDateTime.parse(utc).toInstant(ZoneOffset.UTC);
    return BigDecimal.valueOf(time.getEpochSecond())
        .add(BigDecimal.valueOf(time.getNano(), 9))
        .toPlainString();
  }
}

package io.vic4j.storage;

import io.vic4j.core.ForeignTool;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What a folder of a mounted file system holds, in lines to compare, as the system's tools say. */
final class DiskTree {
  private DiskTree() {}

  /**
   * Type, mode, owner, size, time, link count and target of each entry, its extended attributes,
   * and the digest of each file. Of directories, sizes and link counts differ by file system.
   */
  static List<String> describe(Path root) {
    String format =
        "( -type d -printf '%P|%y|%m|%U:%G|%T@\\n' -o"
            + " -printf '%P|%y|%m|%U:%G|%s|%T@|%n|%l\\n' )";
    return Stream.of(
            sh(root, "find . -xdev -name lost+found -prune -o \\" + format.replace(" )", " \\)")),
            sh(root, "find . -xdev -type f -exec sha256sum {} +"),
            sh(
                root,
                "find . -xdev \\( -type c -o -type b \\) -printf '%P ' -exec stat -c '%t:%T' {} \\;"),
            sh(
                root,
                "find . -xdev -exec getfattr -h -d -m '^(user|trusted|security|system)\\.' -e hex"
                    + " --absolute-names {} \\; | paste -s -d '|' | sed -e 's/||/\\n/g' -e 's/|$//'"))
        .flatMap(text -> Arrays.stream(text.split("\n")).sorted())
        .toList();
  }

  /** The names of all entries with their types, sorted. */
  static List<String> names(Path root) {
    return Arrays.stream(
            sh(root, "find . -xdev -name lost+found -prune -o -mindepth 1 -printf '%P %y\\n'")
                .split("\n"))
        .filter(line -> !line.isEmpty())
        .sorted()
        .toList();
  }

  static String sh(Path folder, String command) {
    ForeignTool.named("getfattr");
    ForeignTool.Result result =
        ForeignTool.named("sh").runIn(folder, Map.of("LC_ALL", "C"), "-c", command);
    if (result.exitCode() != 0) {
      throw new AssertionError(command + ": " + result.err());
    }
    return new String(result.out(), java.nio.charset.StandardCharsets.ISO_8859_1);
  }
}

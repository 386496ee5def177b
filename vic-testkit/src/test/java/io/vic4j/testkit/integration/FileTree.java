package io.vic4j.testkit.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.ForeignTool;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What GNU find, getfattr and sha256sum see in a tree of files, line by line, so that two trees can
 * be compared.
 */
final class FileTree {
  private FileTree() {}

  /** Fails unless both trees hold the same in all respects that a layer keeps. */
  static void assertSame(Path actual, Path expected) {
    assertThat(lines(actual)).isNotEmpty().containsExactlyElementsOf(lines(expected));
  }

  /** One line for each file's attributes, each extended attribute and each content. */
  static List<String> lines(Path root) {
    // Directories have the size and link count that their file system likes, not the layer's.
    String script =
        """
        find . -mindepth 1 -type d -printf '%p %y %m %U:%G %T@\\n' | LC_ALL=C sort
        find . ! -type d ! -type b ! -type c -printf '%p %y %m %U:%G %T@ %s %n %l\\n' | LC_ALL=C sort
        find . \\( -type b -o -type c \\) -exec stat -c '%n %F %a %u:%g %Y %t:%T' {} + | LC_ALL=C sort
        find . -mindepth 1 -print0 | LC_ALL=C sort -z \\
          | xargs -0 -r getfattr -h -d -m '^(user|security|system)' -e hex --
        find . -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum --
        """;
    ForeignTool.named("getfattr");
    ForeignTool.Result result =
        ForeignTool.named("sh").runIn(root, Map.of("LC_ALL", "C"), "-ec", script);
    assertThat(result.exitCode()).as(result.err()).isZero();
    return new String(result.out(), StandardCharsets.ISO_8859_1).lines().toList();
  }
}

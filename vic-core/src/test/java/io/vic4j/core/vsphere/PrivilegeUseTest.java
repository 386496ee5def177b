package io.vic4j.core.vsphere;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table of privileges tells of the calls that are made, and the README shows it. */
final class PrivilegeUseTest {
  private static final Path README = Path.of("..", "README.md");
  private static final Path SOURCES = Path.of("src/main/java/io/vic4j/core/vsphere");
  private static final Pattern CALL = Pattern.compile("\\b(?:vim|stub)\\s*\\.\\s*(\\w+)\\(");

  @Test
  void theTableOfTheReadme_isThatOfTheCode() throws IOException {
    String readme = Files.readString(README);
    int section = readme.indexOf("### Privileges\n");
    assertThat(section).as("section '### Privileges' of the README").isNotNegative();
    int end = readme.indexOf("\n#", section);
    String shown = readme.substring(section, end < 0 ? readme.length() : end);
    assertThat(shown)
        .as("the README's section on privileges; its table must be:%n%s", PrivilegeUse.table())
        .contains("\n\n" + PrivilegeUse.table());
    assertThat(shown.lines().filter(line -> line.startsWith("|")).count())
        .isEqualTo(PrivilegeUse.table().lines().count());
  }

  @Test
  void everyPrivilege_isOfUse() {
    assertThat(PrivilegeUse.of(EnumSet.allOf(PrivilegeUse.Feature.class)))
        .containsExactly(Privilege.values());
  }

  @Test
  void everyCallThatTheSourcesMake_isInTheTable_andNoOther() throws IOException {
    // FolderHttp, FileStream and NfcUpload make these.
    Set<String> made =
        new TreeSet<>(List.of("GET /folder", "HEAD /folder", "PUT /folder", "POST /nfc"));
    try (Stream<Path> files = Files.list(SOURCES)) {
      for (Path file : files.filter(it -> it.toString().endsWith(".java")).toList()) {
        Matcher call = CALL.matcher(Files.readString(file));
        while (call.find()) {
          String method = call.group(1);
          made.add(method.substring(0, 1).toUpperCase(Locale.ROOT) + method.substring(1));
        }
      }
    }
    assertThat(PrivilegeUse.calls()).isEqualTo(made);
  }
}

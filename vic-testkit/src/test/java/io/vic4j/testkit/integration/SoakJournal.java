package io.vic4j.testkit.integration;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What one member of a soak set out to do and what it has done, a line each, which outlives it:
 * what a name has to stand for is known from it alone.
 */
final class SoakJournal {
  /** What a name stands for when it stands for nothing. */
  static final String NOTHING = "-";

  private final Path file;

  SoakJournal(Path file) {
    this.file = file;
  }

  private void line(String line) {
    try {
      Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sets out to let a name stand for an image, or for {@link #NOTHING}. */
  void begin(String scope, String name, String imageId) {
    line("begin " + scope + " " + name + " " + imageId);
  }

  /** Has done so. */
  void done(String scope, String name, String imageId) {
    line("done " + scope + " " + name + " " + imageId);
  }

  /** Something happened that never may. */
  void wrong(Throwable what) {
    line("wrong " + what.toString().replace('\n', ' '));
  }

  void count(String what) {
    line("count " + what);
  }

  /** What a name may stand for: what was done last, and what was begun since. */
  record Expected(List<String> allowed) {}

  /** By scope and name, with a space between. */
  static Map<String, Expected> expected(List<Path> journals) throws IOException {
    Map<String, List<String>> allowed = new TreeMap<>();
    for (Path journal : journals) {
      for (String line : Files.readAllLines(journal)) {
        String[] words = line.split(" ", -1);
        if (words.length == 4 && words[0].equals("begin")) {
          allowed
              .computeIfAbsent(words[1] + " " + words[2], key -> new ArrayList<>(List.of(NOTHING)))
              .add(words[3]);
        } else if (words.length == 4 && words[0].equals("done")) {
          allowed.put(words[1] + " " + words[2], new ArrayList<>(List.of(words[3])));
        }
      }
    }
    Map<String, Expected> expected = new TreeMap<>();
    allowed.forEach((key, ids) -> expected.put(key, new Expected(ids)));
    return expected;
  }

  static List<String> wrongs(List<Path> journals) throws IOException {
    List<String> wrongs = new ArrayList<>();
    for (Path journal : journals) {
      Files.readAllLines(journal).stream()
          .filter(it -> it.startsWith("wrong "))
          .forEach(wrongs::add);
    }
    return wrongs;
  }

  static Map<String, Integer> counts(List<Path> journals) throws IOException {
    Map<String, Integer> counts = new TreeMap<>();
    for (Path journal : journals) {
      for (String line : Files.readAllLines(journal)) {
        Optional.of(line)
            .filter(it -> it.startsWith("count "))
            .ifPresent(it -> counts.merge(it.substring(6), 1, Integer::sum));
      }
    }
    return counts;
  }
}

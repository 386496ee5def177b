package io.vic4j.testkit.contract;

import io.vic4j.testkit.Script;
import java.util.List;

/**
 * Something for a guest to run, given twice: as {@link Script}s for guests in memory, and as a line
 * for a shell for those that have one. Immutable.
 *
 * @param name unique among the programs of a test: a short word
 * @param runs what it does in memory, the first time, the second, and so on; the last one ever
 *     after
 * @param shell what it does, as a line for {@code sh}, which can write to its root
 */
public record Program(String name, List<Script> runs, String shell) {
  /** Checks that it does something. */
  public Program {
    runs = List.copyOf(runs);
    if (runs.isEmpty()) {
      throw new IllegalArgumentException("a program does something");
    }
  }

  /** One that does the same each time. */
  public static Program of(String name, Script script, String shell) {
    return new Program(name, List.of(script), shell);
  }

  /**
   * Shell that has in {@code n} how often it has run before, by what it wrote to its root.
   *
   * @param name a word for a file name
   */
  static String counting(String name) {
    String file = "/" + name + ".runs";
    return "n=$(cat " + file + " 2>/dev/null || echo 0); echo $((n + 1)) > " + file + "; ";
  }
}

package io.vic4j.testkit.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.vic4j.core.Progress;
import java.io.PrintStream;
import java.util.List;
import java.util.stream.IntStream;
import picocli.CommandLine.Help.Ansi;

/**
 * Where a command prints: results to one stream, as text or JSON; progress to the other.
 *
 * @param out where results go
 * @param err where progress goes
 */
record Console(PrintStream out, PrintStream err) {
  /** Bars on a terminal, plain lines elsewhere. */
  Progress progress() {
    // Whether there is a terminal that draws: picocli knows the odds of Java versions and systems.
    boolean terminal = err == System.err && Ansi.AUTO.enabled();
    return Progress.to(terminal ? new ProgressBars(err, System::nanoTime) : new ProgressLines(err));
  }

  /** Prints a result for programs; maps keep their order. */
  void json(Object result) {
    try {
      ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
      out.println(mapper.writeValueAsString(result));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a result that is no JSON: " + result, e);
    }
  }

  /** Prints rows below headings, in columns as wide as they need to be. */
  void table(List<String> headings, List<List<String>> rows) {
    List<Integer> widths =
        IntStream.range(0, headings.size())
            .mapToObj(
                column ->
                    rows.stream()
                        .mapToInt(row -> row.get(column).length())
                        .reduce(headings.get(column).length(), Math::max))
            .toList();
    out.println(line(headings, widths));
    rows.forEach(row -> out.println(line(row, widths)));
  }

  private static String line(List<String> cells, List<Integer> widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      line.append(String.format("%-" + widths.get(i) + "s", cells.get(i))).append("   ");
    }
    return line.toString().stripTrailing();
  }
}

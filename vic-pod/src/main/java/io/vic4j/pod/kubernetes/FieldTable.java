package io.vic4j.pod.kubernetes;

import io.vic4j.pod.kubernetes.PodFields.Row;
import io.vic4j.pod.kubernetes.PodFields.Support;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The table of fields, read. */
final class FieldTable {
  private static final Pattern LINE =
      Pattern.compile("([-+.]) (\\w+)(?: \\[([^\\]]*)])?(?: (.*))?");

  /**
   * A line.
   *
   * @param row what users see
   * @param allowed the values that it may have although it is refused
   */
  record Entry(Row row, Set<String> allowed) {}

  private static final Map<String, Map<String, Entry>> ENTRIES = parse();

  private FieldTable() {}

  private static Map<String, Map<String, Entry>> parse() {
    Map<String, Map<String, Entry>> entries = new LinkedHashMap<>();
    String type = "";
    for (String line : FieldLines.ALL.lines().toList()) {
      Matcher field = LINE.matcher(line);
      if (!field.matches()) {
        type = line;
        entries.put(type, new LinkedHashMap<>());
        continue;
      }
      Set<String> allowed =
          field.group(3) == null ? Set.of() : Set.of(field.group(3).split(", ", -1));
      String note = field.group(4) == null ? "" : field.group(4);
      entries
          .getOrDefault(type, new LinkedHashMap<>())
          .put(
              field.group(2),
              new Entry(new Row(type, field.group(2), support(field.group(1)), note), allowed));
    }
    return entries;
  }

  private static Support support(String sign) {
    return switch (sign) {
      case "+" -> Support.SUPPORTED;
      case "-" -> Support.REFUSED;
      default -> Support.NOT_APPLICABLE;
    };
  }

  static boolean has(Class<?> type) {
    return ENTRIES.containsKey(type.getSimpleName());
  }

  static Optional<Entry> find(Class<?> type, String field) {
    return Optional.ofNullable(ENTRIES.get(type.getSimpleName())).map(it -> it.get(field));
  }

  static List<Entry> entries() {
    List<Entry> all = new ArrayList<>();
    ENTRIES.values().forEach(it -> all.addAll(it.values()));
    return all;
  }
}

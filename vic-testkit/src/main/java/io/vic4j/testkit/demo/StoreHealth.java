package io.vic4j.testkit.demo;

import io.vic4j.image.DamagedEntry;
import io.vic4j.image.StoreReport;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a verification found, for people and for programs.
 *
 * @param report what it found
 */
record StoreHealth(StoreReport report) {
  void print(Console console) {
    console.out().println("images    " + report.images());
    console.out().println("layers    " + report.layers());
    report.unchecked().forEach(id -> console.out().println("unchecked " + id));
    for (DamagedEntry entry : report.damaged()) {
      console.out().println((entry.isMissing() ? "missing   " : "damaged   ") + entry.place());
      console.err().println("vic-demo: " + entry.reason().getMessage());
    }
  }

  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("whole", report.isWhole());
    json.put("images", report.images());
    json.put("layers", report.layers());
    json.put("unchecked", report.unchecked());
    json.put("damaged", report.damaged().stream().map(StoreHealth::json).toList());
    return json;
  }

  private static Map<String, Object> json(DamagedEntry entry) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("kind", entry.kind().toString());
    json.put("id", entry.id().map(Object::toString).orElse(null));
    json.put("place", entry.place());
    json.put("missing", entry.isMissing());
    json.put("reason", entry.reason().getMessage());
    return json;
  }
}

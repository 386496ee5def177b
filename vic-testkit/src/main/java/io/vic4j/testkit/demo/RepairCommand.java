package io.vic4j.testkit.demo;

import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.image.ImageService;
import io.vic4j.image.RepairReport;
import io.vic4j.image.ScopedImage;
import io.vic4j.image.registry.RegistryClient;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Puts away what is damaged in a store, and fetches it again; exit code 1 if that failed. */
@Command(
    name = "repair",
    description = "Put away what is damaged in a store, and fetch it again.",
    mixinStandardHelpOptions = true)
final class RepairCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private StoreOptions storeOptions = new StoreOptions();
  @Mixin private RegistryOptions registryOptions = new RegistryOptions();

  RepairCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Store store = Store.open(storeOptions.datastore());
    RepairReport report;
    try (RegistryClient client = registryOptions.client(registries(store));
        ImageService service =
            ImageService.builder(store.images(), store.layers()).sources(client).build()) {
      report = service.repair(console.progress());
    }
    if (storeOptions.json()) {
      console.json(json(report));
    } else {
      new StoreHealth(report.found()).print(console);
      report.quarantined().forEach(place -> console.out().println("put away  " + place));
      report.repaired().forEach(it -> console.out().println("repaired  " + name(it.use())));
      for (RepairReport.Left left : report.left()) {
        console.out().println("left      " + name(left.use()));
        console.err().println("vic-demo: " + left.reason().getMessage());
      }
    }
    return report.isWhole() ? 0 : 1;
  }

  /** Those that names and sources speak of. */
  private static Set<String> registries(Store store) {
    Set<String> registries = new TreeSet<>();
    for (ScopedImage use : store.scope().uses()) {
      use.name().ifPresent(named -> registries.add(named.name().registry()));
    }
    store
        .images()
        .list()
        .images()
        .forEach(
            listed -> {
              try {
                registries.add(ImageReference.parse(listed.image().source()).registry());
              } catch (InvalidArgumentException e) {
                // It came from a file.
              }
            });
    return registries;
  }

  private static String name(ScopedImage use) {
    return use.name().map(named -> named.name().toString()).orElse(use.imageId().toString());
  }

  private static Map<String, Object> json(RepairReport report) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("whole", report.isWhole());
    json.put("found", new StoreHealth(report.found()).json());
    json.put("quarantined", report.quarantined());
    List<Map<String, Object>> repaired =
        report.repaired().stream()
            .map(it -> named(it.use(), "transferredBytes", it.transferredBytes()))
            .toList();
    json.put("repaired", repaired);
    json.put(
        "left",
        report.left().stream()
            .map(it -> named(it.use(), "reason", String.valueOf(it.reason().getMessage())))
            .toList());
    return json;
  }

  private static Map<String, Object> named(ScopedImage use, String key, Object value) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", name(use));
    json.put("imageId", use.imageId());
    json.put(key, value);
    return json;
  }
}

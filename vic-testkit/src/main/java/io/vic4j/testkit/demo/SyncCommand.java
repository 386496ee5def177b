package io.vic4j.testkit.demo;

import io.vic4j.core.ImageReference;
import io.vic4j.image.BatchOptions;
import io.vic4j.image.BatchReport;
import io.vic4j.image.ImageBatch;
import io.vic4j.image.ImageService;
import io.vic4j.image.ImageSources;
import io.vic4j.image.registry.RegistryClient;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Brings a store into step with a file of references. */
@Command(
    name = "sync",
    description = "Bring a store into step with a file of references.",
    mixinStandardHelpOptions = true)
final class SyncCommand implements Callable<Integer> {
  private static final long MEBIBYTE = 1L << 20;

  private final Console console;

  @Parameters(
      paramLabel = "FILE",
      description = "A reference on each line; behind it the names it is to have, if others.")
  private Path file = Path.of("");

  @Option(
      names = "--prune",
      description = "Take all names away that are not in the file, and what nobody uses then.")
  private boolean prune;

  @Option(
      names = "--quota-mib",
      paramLabel = "MIB",
      description = "Keep the store to so many MiB: the least recently used images go.")
  private long quotaMebibytes = -1;

  @Option(
      names = "--keep-blobs",
      description = "Keep the blobs too, so that images can be given away as they came.")
  private boolean keepBlobs;

  @Mixin private StoreOptions storeOptions = new StoreOptions();
  @Mixin private RegistryOptions registryOptions = new RegistryOptions();

  SyncCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    ImageBatch batch = ImageBatch.read(file);
    Set<String> registries = new TreeSet<>();
    batch.entries().forEach(entry -> registries.add(entry.reference().registry()));
    Store store = Store.open(storeOptions.datastore());
    BatchReport report;
    try (RegistryClient client = registryOptions.client(registries);
        ImageService service = service(store, client)) {
      BatchOptions options =
          BatchOptions.DEFAULT.withPlatform(registryOptions.platform()).withPrune(prune);
      report = service.images(Store.VCH).sync(batch, options);
    }
    if (prune) {
      store.images().collect(Set::of);
    }
    if (quotaMebibytes >= 0) {
      store.images().makeRoom(quotaMebibytes * MEBIBYTE, Set::of);
    }
    if (storeOptions.json()) {
      console.json(json(report));
    } else {
      print(report);
    }
    return report.isInStep() ? 0 : 1;
  }

  private ImageService service(Store store, RegistryClient client) {
    ImageSources sources = keepBlobs ? store.blobs().keeping(client) : client;
    return ImageService.builder(store.images(), store.layers()).sources(sources).build();
  }

  private void print(BatchReport report) {
    for (BatchReport.Come come : report.come()) {
      String what = come.changed() ? "changed   " : "same      ";
      console.out().println(what + come.entry().reference() + "  " + come.result().image().id());
    }
    report.removed().forEach(name -> console.out().println("removed   " + name));
    for (BatchReport.Failed failed : report.failed()) {
      console.out().println("failed    " + failed.entry().reference());
      console.err().println("vic-demo: " + failed.reason().getMessage());
    }
  }

  private static Map<String, Object> json(BatchReport report) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("inStep", report.isInStep());
    json.put("come", report.come().stream().map(SyncCommand::json).toList());
    json.put("failed", report.failed().stream().map(SyncCommand::json).toList());
    json.put("removed", report.removed());
    return json;
  }

  private static Map<String, Object> json(BatchReport.Come come) {
    Map<String, Object> json = named(come.entry());
    json.put("imageId", come.result().image().id());
    json.put("changed", come.changed());
    json.put("transferredBytes", come.result().transferredBytes());
    return json;
  }

  private static Map<String, Object> json(BatchReport.Failed failed) {
    Map<String, Object> json = named(failed.entry());
    json.put("reason", failed.reason().getMessage());
    return json;
  }

  private static Map<String, Object> named(ImageBatch.Entry entry) {
    Map<String, Object> json = new LinkedHashMap<>();
    List<ImageReference> names = entry.allNames();
    json.put("reference", entry.reference());
    json.put("names", names);
    return json;
  }
}

package io.vic4j.testkit.demo;

import io.vic4j.image.ImageService;
import io.vic4j.image.PullResult;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Brings an image and its layer disks into a store. */
@Command(
    name = "pull",
    description = "Bring an image into a store, as one disk for each layer.",
    mixinStandardHelpOptions = true)
final class PullCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(paramLabel = "REF", description = ImageArgument.DESCRIPTION)
  private String image = "";

  @Mixin private StoreOptions storeOptions = new StoreOptions();
  @Mixin private RegistryOptions registryOptions = new RegistryOptions();

  @Option(
      names = "--keep-blobs",
      description = "Keep the blobs too, so that the image can be given away as it came.")
  private boolean keepBlobs;

  PullCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Store store = Store.open(storeOptions.datastore());
    PullResult result;
    try (ImageService service = ImageService.builder(store.images(), store.layers()).build()) {
      result =
          ImageArgument.pull(
              image,
              service.images(Store.VCH),
              registryOptions,
              keepBlobs ? store.blobs()::keeping : source -> source,
              console.progress());
    }
    PullReport report = new PullReport(image, store.datastore(), result);
    if (storeOptions.json()) {
      console.json(report.json());
    } else {
      report.print(console);
    }
    return 0;
  }
}

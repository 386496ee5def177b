package io.vic4j.testkit.demo;

import io.vic4j.core.ImageReference;
import io.vic4j.core.VicException;
import io.vic4j.image.Image;
import io.vic4j.image.ImageListing;
import io.vic4j.image.ListedImage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Lists the images of a store. */
@Command(
    name = "images",
    description = "List the images of a store.",
    mixinStandardHelpOptions = true)
final class ImagesCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private StoreOptions storeOptions = new StoreOptions();

  ImagesCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    ImageListing listing = Store.open(storeOptions.datastore()).scope().list();
    if (storeOptions.json()) {
      console.json(listing.images().stream().map(ImagesCommand::json).toList());
    } else {
      List<List<String>> rows = new ArrayList<>();
      listing.images().forEach(listed -> addRows(listed, rows));
      console.table(List.of("NAME", "IMAGE ID", "PLATFORM", "LAYERS", "CREATED", "SIZE"), rows);
    }
    for (VicException damaged : listing.damaged()) {
      console.err().println("vic-demo: " + damaged.getMessage());
    }
    return listing.damaged().isEmpty() ? 0 : 1;
  }

  private static void addRows(ListedImage listed, List<List<String>> rows) {
    List<String> names =
        listed.names().isEmpty()
            ? List.of("<none>")
            : listed.names().stream().map(ImageReference::familiar).toList();
    Image image = listed.image();
    for (String name : names) {
      rows.add(
          List.of(
              name,
              image.id().shortHex(),
              image.platform().toString(),
              Integer.toString(image.layers().size()),
              image.created().map(created -> created.toString()).orElse("unknown"),
              Sizes.of(image.transferBytes())));
    }
  }

  private static Map<String, Object> json(ListedImage listed) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("names", listed.names());
    json.put("imageId", listed.image().id());
    json.put("manifestDigest", listed.image().manifestDigest());
    json.put("platform", listed.image().platform().toString());
    json.put("layers", listed.image().diffIds());
    json.put("created", listed.image().created().map(Object::toString).orElse(null));
    json.put("transferBytes", listed.image().transferBytes());
    json.put("source", listed.image().source());
    return json;
  }
}

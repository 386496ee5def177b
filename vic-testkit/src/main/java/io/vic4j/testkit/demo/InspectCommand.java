package io.vic4j.testkit.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.image.Image;
import io.vic4j.image.ImageLayer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Prints all that a store knows of an image: always JSON, as people expect of {@code inspect}. */
@Command(
    name = "inspect",
    description = "Print all that a store knows of an image, as JSON.",
    mixinStandardHelpOptions = true)
final class InspectCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(paramLabel = "REF", description = "A name, a digest or an image ID, or its begin.")
  private String image = "";

  @Mixin private StoreOptions storeOptions = new StoreOptions();

  InspectCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Store store = Store.open(storeOptions.datastore());
    Image found = store.scope().get(image);
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("imageId", found.id());
    json.put("manifestDigest", found.manifestDigest());
    json.put("platform", found.platform().toString());
    json.put("source", found.source());
    json.put("transferBytes", found.transferBytes());
    json.put("layers", found.layers().stream().map(layer -> layerJson(store, layer)).toList());
    json.put("manifest", tree(store.images().manifest(found.id()).content().toString(), found));
    json.put("config", tree(store.images().config(found.id()).toString(), found));
    console.json(json);
    return 0;
  }

  private static Map<String, Object> layerJson(Store store, ImageLayer layer) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("digest", layer.blob().digest());
    json.put("mediaType", layer.blob().mediaType());
    json.put("transferBytes", layer.blob().sizeBytes());
    json.put("diffId", layer.diffId());
    store
        .layers()
        .find(layer.diffId())
        .ifPresent(
            disk -> {
              json.put("disk", store.datastore().localPath(disk.path()).toString());
              json.put("fileSystemUuid", disk.fileSystemUuid());
              json.put("capacityBytes", disk.capacityBytes());
              json.put("tarBytes", disk.tarBytes());
              json.put("entries", disk.entries());
            });
    return json;
  }

  private static Object tree(String text, Image image) {
    try {
      return new ObjectMapper().readTree(text);
    } catch (JsonProcessingException e) {
      Digest id = image.id();
      throw new CorruptException("the metadata of image " + id + " is no JSON", e);
    }
  }
}

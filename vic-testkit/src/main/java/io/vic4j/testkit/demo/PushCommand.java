package io.vic4j.testkit.demo;

import io.vic4j.core.ImageReference;
import io.vic4j.core.Progress;
import io.vic4j.image.Image;
import io.vic4j.image.ImageSource;
import io.vic4j.image.registry.PushOptions;
import io.vic4j.image.registry.PushResult;
import io.vic4j.image.registry.RegistryClient;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Copies an image of a store to a registry. */
@Command(
    name = "push",
    description = "Copy an image of a store to a registry.",
    mixinStandardHelpOptions = true)
final class PushCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      index = "0",
      paramLabel = "REF",
      description = "A name, a digest or an image ID, or its begin.")
  private String image = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "TARGET",
      description = "What it is to be called there; unless given, REF.")
  private @Nullable String target;

  @Mixin private StoreOptions storeOptions = new StoreOptions();
  @Mixin private RegistryOptions registryOptions = new RegistryOptions();

  PushCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    ImageReference reference = ImageReference.parse(target == null ? image : target);
    Store store = Store.open(storeOptions.datastore());
    Image found = store.scope().get(image);
    Progress progress = console.progress();
    PushResult result;
    try (RegistryClient client = registryOptions.client(reference);
        ImageSource source = store.open(found, progress)) {
      result = client.push(source, reference, PushOptions.DEFAULT, progress);
    }
    if (storeOptions.json()) {
      console.json(json(reference, found, result));
    } else {
      console.out().println("pushed    " + reference);
      console.out().println("digest    " + result.digest());
      for (PushResult.PushedBlob blob : result.blobs()) {
        console.out().println("blob      " + blob.blob().digest() + " " + blob.way());
      }
      console.out().println("sent      " + Sizes.of(result.sentBytes()));
    }
    return 0;
  }

  private static Map<String, Object> json(
      ImageReference reference, Image found, PushResult result) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("reference", reference);
    json.put("imageId", found.id());
    json.put("digest", result.digest());
    json.put("asItCame", result.digest().equals(found.manifestDigest()));
    json.put("sentBytes", result.sentBytes());
    json.put("blobs", result.blobs().stream().map(PushCommand::json).toList());
    return json;
  }

  private static Map<String, Object> json(PushResult.PushedBlob blob) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("digest", blob.blob().digest());
    json.put("sizeBytes", blob.blob().sizeBytes());
    json.put("way", blob.way().toString());
    return json;
  }
}

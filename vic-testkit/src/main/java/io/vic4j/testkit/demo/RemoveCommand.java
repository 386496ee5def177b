package io.vic4j.testkit.demo;

import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.image.CollectedImages;
import io.vic4j.image.Image;
import io.vic4j.image.ImageScope;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Removes a name, or an image with all its names, and what nobody uses afterwards. */
@Command(
    name = "rm",
    description = "Remove an image, and the layer disks that no other image has.",
    mixinStandardHelpOptions = true)
final class RemoveCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      paramLabel = "REF",
      description = "A name, which is taken away; or an image ID, which goes with all its names.")
  private String image = "";

  @Mixin private StoreOptions storeOptions = new StoreOptions();

  RemoveCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Store store = Store.open(storeOptions.datastore());
    ImageScope scope = store.scope();
    Image found = scope.get(image);
    Optional<ImageReference> name =
        asReference(image).filter(reference -> scope.resolve(reference).isPresent());
    if (name.isEmpty() || !scope.untag(name.get())) {
      scope.remove(found.id());
    }
    CollectedImages collected = store.images().collect(Set::of);
    if (storeOptions.json()) {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("removed", image);
      json.put("images", collected.images());
      json.put("layers", collected.layers());
      json.put("blobs", collected.blobs());
      console.json(json);
    } else {
      console.out().println("removed   " + image);
      for (Digest id : collected.images()) {
        console.out().println("image     " + id);
      }
      for (Digest diffId : collected.layers()) {
        console.out().println("layer     " + diffId);
      }
    }
    return 0;
  }

  private static Optional<ImageReference> asReference(String text) {
    try {
      return Optional.of(ImageReference.parse(text));
    } catch (InvalidArgumentException e) {
      return Optional.empty();
    }
  }
}

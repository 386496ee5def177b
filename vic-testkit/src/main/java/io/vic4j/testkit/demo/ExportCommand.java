package io.vic4j.testkit.demo;

import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.Progress;
import io.vic4j.image.Image;
import io.vic4j.image.ImageSource;
import io.vic4j.image.layout.DockerArchive;
import io.vic4j.image.layout.ImageLocation;
import io.vic4j.image.layout.OciLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Writes an image of a store into a folder or a file. */
@Command(
    name = "export",
    description = "Write an image of a store as an OCI image layout or a docker-archive.",
    mixinStandardHelpOptions = true)
final class ExportCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      index = "0",
      paramLabel = "REF",
      description = "A name, a digest or an image ID, or its begin.")
  private String image = "";

  @Parameters(
      index = "1",
      paramLabel = "TO",
      description = "oci:DIR[:tag] or docker-archive:FILE[:name:tag].")
  private String to = "";

  @Mixin private StoreOptions storeOptions = new StoreOptions();

  ExportCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    ImageLocation location = ImageLocation.parse(to);
    Store store = Store.open(storeOptions.datastore());
    Image found = store.scope().get(image);
    Progress progress = console.progress();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("imageId", found.id());
    json.put("to", location.toString());
    try (ImageSource source = store.open(found, progress)) {
      if (location instanceof ImageLocation.Layout layout) {
        String tag = layout.tag().isEmpty() ? "latest" : layout.tag();
        Digest digest = OciLayout.write(source, layout.folder(), tag, progress);
        json.put("digest", digest);
        json.put("asItCame", digest.equals(found.manifestDigest()));
      } else if (location instanceof ImageLocation.Archive archive) {
        Digest id = DockerArchive.write(source, archive.file(), names(archive), progress);
        json.put("exportedImageId", id);
        json.put("asItCame", id.equals(found.id()));
      } else {
        throw new InvalidArgumentException("'" + to + "' is in a registry: push the image there");
      }
    }
    if (storeOptions.json()) {
      console.json(json);
    } else {
      json.forEach((name, value) -> console.out().println(name + "  " + value));
    }
    return 0;
  }

  /**
   * As the target says; else the name that the image was asked for by, if it was one with a tag.
   */
  private List<ImageReference> names(ImageLocation.Archive archive) {
    if (!archive.reference().isEmpty()) {
      return List.of(ImageReference.parse(archive.reference()));
    }
    return asReference(image).filter(name -> name.tag().isPresent()).stream().toList();
  }

  private static Optional<ImageReference> asReference(String text) {
    try {
      return Optional.of(ImageReference.parse(text));
    } catch (InvalidArgumentException e) {
      return Optional.empty();
    }
  }
}

package io.vic4j.testkit.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.DiskJudge;
import io.vic4j.core.ImageReference;
import io.vic4j.core.Progress;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.image.Image;
import io.vic4j.image.ImageService;
import io.vic4j.image.ImageStore;
import io.vic4j.image.registry.RegistryClient;
import io.vic4j.storage.LayerDisks;
import io.vic4j.testkit.EmbeddedRegistry;
import io.vic4j.testkit.TestImage;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The soak's judge can say no. */
class StoreFolderCheckTest {
  @TempDir Path folder;
  private Image image;
  private String name;

  @BeforeEach
  void pullOne() {
    LocalDatastore datastore = LocalDatastore.at(folder);
    LayerDisks disks = LayerDisks.in(datastore);
    try (EmbeddedRegistry registry = EmbeddedRegistry.start();
        RegistryClient client = RegistryClient.builder().build();
        ImageService service =
            ImageService.builder(ImageStore.in(datastore, disks), disks).sources(client).build()) {
      ImageReference reference =
          registry.add(
              "lib/app:1",
              TestImage.builder().layer(layer -> layer.file("etc/motd", "hello")).build());
      image = service.images(VchName.of("vch")).pull(reference, Progress.NONE);
      name = "vch " + reference;
    }
  }

  private StoreFolderCheck check() throws IOException {
    return check(image.id().hex());
  }

  private StoreFolderCheck check(String... allowed) throws IOException {
    return StoreFolderCheck.of(folder, Map.of(name, new SoakJournal.Expected(List.of(allowed))));
  }

  private Path layer() {
    return folder.resolve("layers/sha256/" + image.diffIds().get(0).hex());
  }

  private Path metadata() {
    return folder.resolve("images/sha256/" + image.id().hex());
  }

  @Test
  void wholeStore_isFoundWhole() throws IOException {
    assertThat(check()).hasToString("lost 0, corrupt 0, leaked 0");
  }

  @Test
  void nameOfAnotherImage_isLost() throws IOException {
    assertThat(check("another")).hasToString("lost 1, corrupt 0, leaked 0");
  }

  @Test
  void missingLayer_isLost() throws IOException {
    Files.move(layer(), folder.resolve("elsewhere"));

    assertThat(check().lost).hasSize(1);
  }

  @Test
  void missingMetadata_isLost() throws IOException {
    Files.move(metadata(), folder.resolve("elsewhere"));

    assertThat(check().lost).hasSize(1);
  }

  @Test
  void changedConfig_isCorrupt() throws IOException {
    Files.writeString(metadata().resolve("config.json"), "{}");

    assertThat(check().corrupt).hasSize(1);
  }

  @Test
  @DiskJudge.Exempt("it damages a disk")
  void damagedFileSystem_isCorrupt() throws IOException {
    try (RandomAccessFile extent =
        new RandomAccessFile(layer().resolve("layer-flat.vmdk").toFile(), "rw")) {
      extent.seek(1024 + 24);
      extent.write(0xff);
    }

    assertThat(check().corrupt).hasSize(1);
  }

  @Test
  @DiskJudge.Exempt("it damages a disk")
  void damagedContentOfAFile_whichNoFileSystemCheckSees_isCorrupt() throws IOException {
    Path extent = layer().resolve("layer-flat.vmdk");
    byte[] content = Files.readAllBytes(extent);
    int hello = new String(content, StandardCharsets.ISO_8859_1).indexOf("hello");
    content[hello] = 'j';
    Files.write(extent, content);

    assertThat(check().corrupt).hasSize(1);
  }

  @Test
  void leftovers_areLeaked() throws IOException {
    Files.createDirectories(folder.resolve("tmp/left"));
    Files.createDirectories(folder.resolve("layers/sha256/" + "0".repeat(64)));

    assertThat(check().leaked).hasSize(2);
  }
}

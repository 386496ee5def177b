package io.vic4j.testkit.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.ImageReference;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Platform;
import io.vic4j.core.Progress;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.image.Bytes;
import io.vic4j.image.Descriptor;
import io.vic4j.image.Image;
import io.vic4j.image.ImageManifest;
import io.vic4j.image.ImageService;
import io.vic4j.image.ImageSource;
import io.vic4j.image.ImageSources;
import io.vic4j.image.ImageStore;
import io.vic4j.image.KeptBlobs;
import io.vic4j.image.StoredImages;
import io.vic4j.image.layout.DockerArchive;
import io.vic4j.image.layout.OciLayout;
import io.vic4j.image.registry.PushOptions;
import io.vic4j.image.registry.RegistryClient;
import io.vic4j.storage.LayerDisks;
import io.vic4j.testkit.EmbeddedRegistry;
import io.vic4j.testkit.RegistryFault;
import io.vic4j.testkit.RegistryRequest;
import io.vic4j.testkit.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Images of a store given away again, and what skopeo and umoci find in what was given. */
class ExportTest {
  private static final VchName VCH = VchName.of("vch");

  @TempDir Path folder;

  private final EmbeddedRegistry registry = EmbeddedRegistry.start();
  private final RegistryClient client = RegistryClient.builder().sleeper(wait -> {}).build();

  @AfterEach
  void stop() {
    client.close();
    registry.close();
  }

  private static TestImage image(TestImage.Format format) {
    byte[] content = new byte[2 << 20];
    new Random(7).nextBytes(content);
    return TestImage.builder()
        .format(format)
        .layer(
            layer ->
                layer
                    .directory("etc")
                    .file("etc/motd", "hello")
                    .directory("var")
                    .directory("var/cache")
                    .file("var/cache/old", "old")
                    .file("gone", "x")
                    .file("data", content))
        .layer(
            layer ->
                layer
                    .file(".wh.gone", "")
                    .directory("var/cache")
                    .file("var/cache/.wh..wh..opq", "")
                    .file("var/cache/new", "new")
                    .file("etc/implied", "here")
                    .symlink("link", "etc/motd"))
        .entrypoint("/bin/app")
        .env("MODE", "fast")
        .build();
  }

  private static final TestImage IMAGE = image(TestImage.Format.OCI);

  /** A store in a folder. */
  private final class Shelf {
    final LocalDatastore datastore;
    final LayerDisks disks;
    final ImageStore store;
    final KeptBlobs kept;

    Shelf(String name) {
      datastore = LocalDatastore.at(folder.resolve(name));
      disks = LayerDisks.in(datastore);
      store = ImageStore.in(datastore, disks);
      kept = KeptBlobs.in(datastore);
    }

    Image pull(ImageReference reference, ImageSources sources) {
      try (ImageService service =
          ImageService.builder(store, disks).sources(sources).parallelLayers(1).build()) {
        return service.images(VCH).pull(reference, Progress.NONE);
      }
    }

    StoredImages images() {
      return StoredImages.in(datastore, store, disks);
    }
  }

  private ImageSource kept(TestImage image) {
    Shelf shelf = new Shelf("kept");
    ImageReference reference = registry.add("lib/app:1", image);
    Image pulled = shelf.pull(reference, shelf.kept.keeping(client));
    registry.forgetRequests();
    return shelf.images().with(shelf.kept).open(pulled.id(), Progress.NONE);
  }

  private ImageSource madeAnew(String shelfName, boolean compressed) {
    Shelf shelf = new Shelf(shelfName);
    Image pulled = shelf.pull(registry.add("lib/app:1", IMAGE), client);
    StoredImages images = shelf.images();
    return (compressed ? images : images.uncompressed()).open(pulled.id(), Progress.NONE);
  }

  private static void assertSame(ImageSource source, TestImage image) throws IOException {
    assertThat(source.manifest().content()).isEqualTo(image.manifest());
    for (Map.Entry<Digest, Bytes> blob : image.blobs().entrySet()) {
      Descriptor descriptor = new Descriptor("x", blob.getKey(), blob.getValue().size());
      try (var in = source.blob(descriptor)) {
        assertThat(Digest.sha256(in.readAllBytes())).isEqualTo(blob.getKey());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(TestImage.Format.class)
  void keptBlobs_giveTheSameDigestsToARegistry(TestImage.Format format) throws IOException {
    TestImage image = image(format);
    try (ImageSource source = kept(image);
        DockerRegistry other = DockerRegistry.start(folder)) {
      assertSame(source, image);
      ImageReference target = other.reference("lib/copy:1");

      client.push(source, target, PushOptions.DEFAULT, Progress.NONE);

      byte[] raw =
          ForeignTool.named("skopeo")
              .check("inspect", "--raw", "--tls-verify=false", "docker://" + target)
              .out();
      assertThat(Digest.sha256(raw)).isEqualTo(image.manifestDescriptor().digest());
      assertThat(registry.requests()).isEmpty();
    }
  }

  @Test
  void keptBlobs_giveTheSameDigestsToALayout_whichSkopeoCopies() throws IOException {
    Path layout = folder.resolve("layout");
    try (ImageSource source = kept(IMAGE)) {
      assertThat(OciLayout.write(source, layout, "1", Progress.NONE))
          .isEqualTo(IMAGE.manifestDescriptor().digest());
    }
    assertSame(OciLayout.open(layout, "1"), IMAGE);
    Path copy = folder.resolve("copy");
    ForeignTool.named("skopeo")
        .check(
            "--insecure-policy",
            "copy",
            "--preserve-digests",
            "oci:" + layout + ":1",
            "oci:" + copy + ":1");
    assertSame(OciLayout.open(copy, "1"), IMAGE);
  }

  @Test
  void archive_holdsTheSameConfigAndLayers_asSkopeoReadsThem() throws IOException {
    Path archive = folder.resolve("app.tar");
    ImageReference name = ImageReference.parse("registry.example/app:1");
    try (ImageSource source = kept(IMAGE)) {
      assertThat(DockerArchive.write(source, archive, List.of(name), Progress.NONE))
          .isEqualTo(IMAGE.configDescriptor().digest());
      Path again = folder.resolve("again.tar");
      DockerArchive.write(source, again, List.of(name), Progress.NONE);
      assertThat(again).hasSameBinaryContentAs(archive);
    }

    byte[] config =
        ForeignTool.named("skopeo")
            .check("inspect", "--config", "--raw", "docker-archive:" + archive + ":" + name)
            .out();
    assertThat(Digest.sha256(config)).isEqualTo(IMAGE.configDescriptor().digest());
    ImageManifest manifest = ImageManifest.parse(DockerArchive.open(archive, name).manifest());
    assertThat(manifest.layers())
        .extracting(Descriptor::digest)
        .isEqualTo(IMAGE.layers().stream().map(layer -> layer.diffId()).toList());
    ForeignTool.named("skopeo")
        .check(
            "--insecure-policy",
            "copy",
            "docker-archive:" + archive + ":" + name,
            "oci:" + folder.resolve("from-archive") + ":1");
    try (var files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .noneMatch(file -> file.startsWith(".new-"));
    }
  }

  @Test
  void layersMadeAnew_areTheSameOfEachStore() {
    try (ImageSource one = madeAnew("one", true);
        ImageSource two = madeAnew("two", true);
        ImageSource plain = madeAnew("three", false)) {
      assertThat(two.manifest()).isEqualTo(one.manifest());
      assertThat(one.manifest().digest()).isNotEqualTo(IMAGE.manifestDescriptor().digest());
      assertThat(ImageManifest.parse(plain.manifest()).config().digest())
          .isEqualTo(ImageManifest.parse(one.manifest()).config().digest());
    }
  }

  @Test
  void layersMadeAnew_unpackToTheSameFiles() {
    Path layout = folder.resolve("layout");
    try (ImageSource source = madeAnew("one", true)) {
      OciLayout.write(source, layout, "anew", Progress.NONE);
    }
    IMAGE.writeLayout(folder.resolve("original"), "1");

    String original = unpacked("original:1");
    assertThat(unpacked("layout:anew")).isEqualTo(original);
    assertThat(original).contains("var/cache/new").doesNotContain("gone", "var/cache/old");
  }

  /** Each file's name, kind, mode, length, time and target, as umoci unpacks it. */
  private String unpacked(String image) {
    Path bundle = folder.resolve("bundle-" + image.replace(':', '-'));
    ForeignTool.named("umoci")
        .check("unpack", "--rootless", "--image", folder.resolve(image), bundle);
    String listing =
        ForeignTool.named("find")
            .check(
                bundle.resolve("rootfs"),
                "-mindepth",
                "1",
                "-printf",
                "%P %y %m %T@ %l\\n",
                "-type",
                "f",
                "-exec",
                "sha256sum",
                "{}",
                ";")
            .text();
    return listing
        .replace(bundle.toString(), "")
        .lines()
        .sorted()
        .reduce("", (all, line) -> all + line + "\n");
  }

  @Test
  void layersMadeAnew_leaveNothingOnceTheSourceIsClosed() throws IOException {
    madeAnew("one", true).close();

    assertThat(LocalDatastore.at(folder.resolve("one")).list(DatastorePath.parse("tmp"))).isEmpty();
  }

  @Test
  void imageOfWhichSomeBlobsWereKept_isMadeAnewWhereNot() throws IOException {
    Shelf shelf = new Shelf("some");
    Image pulled = shelf.pull(registry.add("lib/app:1", IMAGE), client);
    Descriptor first = IMAGE.layerDescriptors().get(0);
    try (ImageSource keeping = shelf.kept.keeping(client.open(registry.reference("lib/app:1")));
        var in = keeping.blob(first)) {
      in.readAllBytes();
    }
    try (ImageSource source = shelf.images().with(shelf.kept).open(pulled.id(), Progress.NONE)) {
      List<Descriptor> layers = ImageManifest.parse(source.manifest()).layers();
      assertThat(layers.get(0)).isEqualTo(first);
      assertThat(layers.get(1)).isNotEqualTo(IMAGE.layerDescriptors().get(1));

      Image copy = new Shelf("copy").pull(pushed(source), client);
      assertThat(copy.config().entrypoint()).isEqualTo(pulled.config().entrypoint());
      assertThat(copy.diffIds().get(0)).isEqualTo(pulled.diffIds().get(0));
    }
  }

  private ImageReference pushed(ImageSource source) {
    ImageReference target = registry.reference("lib/again:1");
    client.push(source, target, PushOptions.DEFAULT, Progress.NONE);
    return target;
  }

  @Test
  void indexInALayout_hasAllItsImages_andAnArchiveCannotHoldIt() {
    TestImage arm =
        TestImage.builder().platform(Platform.parse("linux/arm64")).env("A", "b").build();
    ImageSource index = client.open(registry.addIndex("multi:1", List.of(IMAGE, arm)));
    Path layout = folder.resolve("layout");

    OciLayout.write(index, layout, "1", Progress.NONE);
    OciLayout.write(client.open(registry.add("lib/app:2", IMAGE)), layout, "2", Progress.NONE);

    OciLayout written = OciLayout.open(layout, "1");
    assertThat(written.manifest()).isEqualTo(index.manifest());
    assertThat(written.manifest(arm.manifestDescriptor().digest()).content())
        .isEqualTo(arm.manifest());
    assertThat(OciLayout.open(layout, "2").manifest().content()).isEqualTo(IMAGE.manifest());
    assertThatThrownBy(
            () -> DockerArchive.write(index, folder.resolve("multi.tar"), List.of(), Progress.NONE))
        .isInstanceOf(UnsupportedException.class);
    assertThat(folder.resolve("multi.tar")).doesNotExist();
  }

  @Test
  void damagedBlob_isNotWritten() {
    registry.faults().onPath(".*/blobs/.*").always(RegistryFault.corruptAt(100));
    ImageSource source = client.open(registry.add("lib/app:1", IMAGE));
    Path layout = folder.resolve("layout");

    assertThatThrownBy(() -> OciLayout.write(source, layout, "1", Progress.NONE))
        .isInstanceOf(CorruptException.class);
    assertThat(layout.resolve("index.json")).doesNotExist();
    assertThatThrownBy(
            () -> DockerArchive.write(source, folder.resolve("x.tar"), List.of(), Progress.NONE))
        .isInstanceOf(CorruptException.class);
    assertThat(folder.resolve("x.tar")).doesNotExist();
  }

  @Test
  void unknownImage_isNotFound() {
    assertThatThrownBy(() -> new Shelf("none").images().open(Digest.sha256("none"), Progress.NONE))
        .isInstanceOf(NotFoundException.class);
    assertThat(registry.requests().stream().filter(RegistryRequest::isBlobFetch)).isEmpty();
  }
}

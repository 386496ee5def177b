package io.vic4j.image.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.VchName;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.image.Descriptor;
import io.vic4j.image.ImageManifest;
import io.vic4j.image.ImageService;
import io.vic4j.image.ImageSource;
import io.vic4j.image.ImageStore;
import io.vic4j.image.MediaTypes;
import io.vic4j.image.PullOptions;
import io.vic4j.image.PullResult;
import io.vic4j.storage.LayerDisks;
import io.vic4j.storage.tar.ByteString;
import io.vic4j.storage.tar.TarEntry;
import io.vic4j.storage.tar.TarWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layouts and archives made by hand, and by skopeo and umoci. */
class LayoutsTest {
  @TempDir Path folder;

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] layer() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    put(out, "hello", utf8("world"));
    return out.toByteArray();
  }

  private static void put(OutputStream out, String name, byte[] content) throws IOException {
    TarWriter tar = new TarWriter(out);
    put(tar, name, content);
    tar.finish();
  }

  private static void put(TarWriter tar, String name, byte[] content) throws IOException {
    tar.put(
        TarEntry.builder(TarEntry.Type.FILE, name).mode(0644).sizeBytes(content.length).build());
    tar.write(content);
  }

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(content);
    }
    return out.toByteArray();
  }

  private static byte[] config(byte[] layer) {
    return utf8(
        "{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\"]}}"
            .formatted(Digest.sha256(layer)));
  }

  private static String descriptor(String mediaType, byte[] content, String more) {
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d%s}"
        .formatted(mediaType, Digest.sha256(content), content.length, more);
  }

  private void blob(byte[] content) throws IOException {
    Path blobs = Files.createDirectories(folder.resolve("blobs/sha256"));
    Files.write(blobs.resolve(Digest.sha256(content).hex()), content);
  }

  /** A layout that has the same image under each of these tags. */
  private void layout(String... tags) throws IOException {
    byte[] layer = layer();
    byte[] config = config(layer);
    byte[] manifest =
        utf8(
            "{\"schemaVersion\":2,\"config\":%s,\"layers\":[%s]}"
                .formatted(
                    descriptor(MediaTypes.OCI_CONFIG, config, ""),
                    descriptor(MediaTypes.OCI_LAYER, layer, "")));
    blob(layer);
    blob(config);
    blob(manifest);
    StringBuilder entries = new StringBuilder();
    for (String tag : tags) {
      String annotation =
          ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"" + tag + "\"}";
      entries
          .append(entries.isEmpty() ? "" : ",")
          .append(descriptor(MediaTypes.OCI_MANIFEST, manifest, annotation));
    }
    Files.writeString(
        folder.resolve("index.json"), "{\"schemaVersion\":2,\"manifests\":[" + entries + "]}");
    Files.writeString(folder.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
  }

  private PullResult pull(ImageSource source) {
    LocalDatastore datastore = LocalDatastore.at(folder.resolve("store"));
    LayerDisks disks = LayerDisks.in(datastore);
    ImageStore store = ImageStore.in(datastore, disks);
    try (source;
        ImageService service = ImageService.builder(store, disks).build()) {
      return service.images(VchName.of("vch")).pull(source, PullOptions.DEFAULT, Progress.NONE);
    }
  }

  @Test
  void layoutWithOneImage_needsNoTag() throws Exception {
    layout("v1");

    assertThat(pull(OciLayout.open(folder)).layersBuilt()).isEqualTo(1);
  }

  @Test
  void layoutWithSeveralImages_needsATag() throws Exception {
    layout("v1", "v2");

    assertThatThrownBy(() -> OciLayout.open(folder))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("v1, v2");
    assertThat(pull(OciLayout.open(folder, "v2")).layersBuilt()).isEqualTo(1);
  }

  @Test
  void layoutWithoutTheTag_saysWhichThereAre() throws Exception {
    layout("v1", "v2");

    assertThatThrownBy(() -> OciLayout.open(folder, "v3"))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("v1, v2");
  }

  @Test
  void folderThatIsNoLayout_isRefused() {
    assertThatThrownBy(() -> OciLayout.open(folder)).isInstanceOf(InvalidArgumentException.class);
    assertThatThrownBy(() -> OciLayout.open(folder.resolve("missing")))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void damagedManifestInALayout_isCorrupt() throws Exception {
    layout("v1");
    OciLayout source = OciLayout.open(folder);
    Path manifest = folder.resolve("blobs/sha256").resolve(source.manifest().digest().hex());
    Files.writeString(manifest, "{}");

    assertThatThrownBy(source::manifest).isInstanceOf(CorruptException.class);
  }

  private Path archive(byte[] storedLayer, String layerName, String tags) throws IOException {
    Path file = folder.resolve("image.tar");
    byte[] config = config(layer());
    String configName = Digest.sha256(config).hex() + ".json";
    try (OutputStream out = Files.newOutputStream(file)) {
      TarWriter tar = new TarWriter(out);
      put(tar, "real/layer.tar", storedLayer);
      tar.put(
          TarEntry.builder(TarEntry.Type.SYMBOLIC_LINK, "linked/layer.tar")
              .linkTarget(ByteString.of("../real/layer.tar"))
              .build());
      put(tar, configName, config);
      put(
          tar,
          "manifest.json",
          utf8(
              "[{\"Config\":\"%s\",\"RepoTags\":%s,\"Layers\":[\"%s\"]}]"
                  .formatted(configName, tags, layerName)));
      tar.finish();
    }
    return file;
  }

  @Test
  void archive_givesItsImage() throws Exception {
    Path file = archive(layer(), "real/layer.tar", "[\"app:1\"]");

    assertThat(pull(DockerArchive.open(file, ImageReference.parse("app:1"))).layersBuilt())
        .isEqualTo(1);
  }

  @Test
  void archiveWithLinkedLayer_givesItsImage() throws Exception {
    assertThat(pull(DockerArchive.open(archive(layer(), "linked/layer.tar", "null"))).layersBuilt())
        .isEqualTo(1);
  }

  @Test
  void archiveWithCompressedLayer_givesItsImage() throws Exception {
    Path file = archive(gzip(layer()), "real/layer.tar", "[]");

    assertThat(pull(DockerArchive.open(file)).layersBuilt()).isEqualTo(1);
  }

  @Test
  void archive_hasTheSameManifestEachTime() throws Exception {
    Path file = archive(layer(), "real/layer.tar", "[]");

    assertThat(DockerArchive.open(file).manifest()).isEqualTo(DockerArchive.open(file).manifest());
  }

  @Test
  void archiveWithoutTheName_saysWhichThereAre() throws Exception {
    Path file = archive(layer(), "real/layer.tar", "[\"app:1\"]");

    assertThatThrownBy(() -> DockerArchive.open(file, ImageReference.parse("app:2")))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("app:1");
  }

  @Test
  void archiveWithAnotherLayer_isCorrupt() throws Exception {
    byte[] other = layer();
    other[0] = 'H';
    Path file = archive(other, "real/layer.tar", "[]");

    assertThatThrownBy(() -> pull(DockerArchive.open(file))).isInstanceOf(VicException.class);
  }

  @Test
  void archiveWithoutItsLayer_isRefused() throws Exception {
    Path file = archive(layer(), "missing/layer.tar", "[]");

    assertThatThrownBy(() -> DockerArchive.open(file))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("missing/layer.tar");
  }

  @Test
  void fileThatIsNoArchive_isRefused() throws Exception {
    Path file = folder.resolve("x.tar");
    Files.write(file, gzip(layer()));

    assertThatThrownBy(() -> DockerArchive.open(file)).isInstanceOf(InvalidArgumentException.class);
    assertThatThrownBy(() -> DockerArchive.open(folder.resolve("missing.tar")))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void blobThatIsNotListed_isNotFound() throws Exception {
    DockerArchive archive = DockerArchive.open(archive(layer(), "real/layer.tar", "[]"));
    Descriptor missing = new Descriptor("x", Digest.sha256("missing"), 1);

    assertThatThrownBy(() -> archive.blob(missing)).isInstanceOf(NotFoundException.class);
  }

  @Test
  void layoutOfUmociAndArchiveOfSkopeo_giveTheSameDisks() throws Exception {
    ForeignTool skopeo = ForeignTool.named("skopeo");
    Path layout = umociLayout("oci", "world");
    Path archive = folder.resolve("saved.tar");
    skopeo.check("copy", "oci:" + layout + ":v1", "docker-archive:" + archive + ":app:1");

    PullResult fromLayout = pull(OciLayout.open(layout, "v1"));
    PullResult fromArchive =
        pull(DockerArchive.open(archive, ImageReference.parse("docker.io/library/app:1")));

    assertThat(fromLayout.layersBuilt()).isEqualTo(1);
    assertThat(fromArchive.transferredBytes()).isZero();
    assertThat(fromArchive.image().diffIds()).isEqualTo(fromLayout.image().diffIds());
    assertThat(ImageManifest.parse(DockerArchive.open(archive).manifest()).layers()).hasSize(1);
  }

  @Test
  void comparisonOfLayouts_noticesADifference() throws Exception {
    PullResult world = pull(OciLayout.open(umociLayout("one", "world"), "v1"));
    PullResult other = pull(OciLayout.open(umociLayout("two", "other"), "v1"));

    assertThat(other.image().diffIds()).isNotEqualTo(world.image().diffIds());
    assertThat(other.transferredBytes()).isPositive();
  }

  @Test
  void layoutOfUmoci_withALayerThatWasChanged_isCorruptAndMakesNoDisk() throws Exception {
    Path layout = umociLayout("oci", "world");
    Digest layer =
        ImageManifest.parse(OciLayout.open(layout, "v1").manifest()).layers().get(0).digest();
    Path blob = layout.resolve("blobs/sha256").resolve(layer.hex());
    byte[] content = Files.readAllBytes(blob);
    content[content.length / 2] ^= 1;
    Files.write(blob, content);

    assertThatThrownBy(() -> pull(OciLayout.open(layout, "v1")))
        .isInstanceOf(CorruptException.class);
    assertThat(LayerDisks.in(LocalDatastore.at(folder.resolve("store"))).list()).isEmpty();
  }

  /** A layout that umoci makes: one image, {@code v1}, whose layer has one file of this text. */
  private Path umociLayout(String name, String text) throws IOException {
    ForeignTool umoci = ForeignTool.named("umoci");
    Path layout = folder.resolve(name);
    Path tree = Files.createDirectories(folder.resolve(name + "-tree"));
    Files.writeString(tree.resolve("hello"), text);
    umoci.check("init", "--layout", layout);
    umoci.check("new", "--image", layout + ":v1");
    umoci.check("insert", "--image", layout + ":v1", tree, "/srv");
    return layout;
  }
}

package io.vic4j.testkit.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.ImageReference;
import io.vic4j.core.Progress;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.VchName;
import io.vic4j.image.Image;
import io.vic4j.image.ImageService;
import io.vic4j.image.ImageStore;
import io.vic4j.image.MediaTypes;
import io.vic4j.image.RefusedException;
import io.vic4j.image.registry.ForeignLayers;
import io.vic4j.image.registry.RegistryClient;
import io.vic4j.image.registry.RetryPolicy;
import io.vic4j.storage.LayerDisks;
import io.vic4j.testkit.EmbeddedRegistry;
import io.vic4j.testkit.MemoryDatastore;
import io.vic4j.testkit.RegistryFault;
import io.vic4j.testkit.RegistryRequest;
import io.vic4j.testkit.TestImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers and manifests of all sorts, out of a registry and into layer disks. */
class RegistryFormatsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final TestImage IMAGE =
      TestImage.builder()
          .layer(layer -> layer.directory("etc").file("etc/motd", "hello"))
          .layer(layer -> layer.file("data", random()))
          .build();
  private static final String FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";

  @TempDir Path folder;

  private final EmbeddedRegistry registry = EmbeddedRegistry.start();

  @AfterEach
  void stop() {
    registry.close();
  }

  private static byte[] random() {
    byte[] content = new byte[300_000];
    new Random(7).nextBytes(content);
    return content;
  }

  private static Image pull(ImageReference reference, ForeignLayers foreign) {
    MemoryDatastore datastore = MemoryDatastore.create();
    LayerDisks disks = LayerDisks.in(datastore);
    try (RegistryClient client =
            RegistryClient.builder().retryPolicy(RetryPolicy.NEVER).foreignLayers(foreign).build();
        ImageService service =
            ImageService.builder(ImageStore.in(datastore, disks), disks).sources(client).build()) {
      Image image = service.images(VchName.of("vch")).pull(reference, Progress.NONE);
      assertThat(image.diffIds()).allSatisfy(id -> assertThat(disks.find(id)).isPresent());
      return image;
    }
  }

  private static Image pull(ImageReference reference) {
    return pull(reference, ForeignLayers.FROM_REGISTRY);
  }

  private static List<Digest> diffIds() {
    return IMAGE.layers().stream().map(layer -> Digest.sha256(layer.tar().toArray())).toList();
  }

  /** Puts an image in whose manifest has these layers. */
  private ImageReference add(String manifestType, String configType, String layers)
      throws IOException {
    byte[] config =
        JSON.writeValueAsBytes(
            Map.of(
                "os",
                "linux",
                "architecture",
                "amd64",
                "rootfs",
                Map.of("type", "layers", "diff_ids", List.of(diffIds().get(0).toString()))));
    registry.addBlob("app", config);
    String manifest =
        "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[%s]}"
            .formatted(manifestType, descriptor(configType, config, Map.of()), layers);
    return registry.addManifest("app:1", manifestType, manifest.getBytes(StandardCharsets.UTF_8));
  }

  private static String descriptor(String mediaType, byte[] content, Map<String, Object> more)
      throws IOException {
    Map<String, Object> descriptor = new TreeMap<>(more);
    descriptor.put("mediaType", mediaType);
    descriptor.put("digest", Digest.sha256(content).toString());
    descriptor.put("size", content.length);
    return JSON.writeValueAsString(descriptor);
  }

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(content);
    }
    return out.toByteArray();
  }

  private static byte[] tar() {
    return IMAGE.layers().get(0).tar().toArray();
  }

  private byte[] zstd(byte[] content) throws IOException {
    Path file = Files.write(folder.resolve("layer.tar"), content);
    return ForeignTool.named("zstd").check("-q", "-c", file).out();
  }

  /**
   * A layer as stargz-snapshotter writes it: a gzip member for each part of the tar, and one with
   * nothing in it at the end, whose extra field says where the list of files is.
   */
  private static byte[] estargz(byte[] tar) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int from = 0; from < tar.length; from += 512) {
      out.write(gzip(Arrays.copyOfRange(tar, from, Math.min(tar.length, from + 512))));
    }
    byte[] where = "%016xSTARGZ".formatted(out.size()).getBytes(StandardCharsets.US_ASCII);
    out.write(new byte[] {0x1f, (byte) 0x8b, 8, 4, 0, 0, 0, 0, 0, (byte) 255});
    out.write(new byte[] {26, 0, 'S', 'G', 22, 0});
    out.write(where);
    Deflater deflater = new Deflater(Deflater.NO_COMPRESSION, true);
    new DeflaterOutputStream(out, deflater).finish();
    deflater.end();
    out.write(new byte[8]);
    return out.toByteArray();
  }

  @ParameterizedTest
  @CsvSource({
    "application/vnd.oci.image.layer.v1.tar, none",
    "application/vnd.oci.image.layer.v1.tar+gzip, gzip",
    "application/vnd.oci.image.layer.v1.tar+gzip, estargz",
    "application/vnd.oci.image.layer.v1.tar+zstd, zstd",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip, gzip",
    "application/vnd.docker.image.rootfs.diff.tar, none",
    "application/vnd.docker.image.rootfs.diff.tar.gzip, gzip",
    "application/vnd.docker.image.rootfs.diff.tar.gzip, estargz",
    "application/vnd.docker.image.rootfs.diff.tar.zstd, zstd",
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip, gzip",
  })
  void layerType_isRead(String mediaType, String compression) throws IOException {
    byte[] layer =
        switch (compression) {
          case "gzip" -> gzip(tar());
          case "estargz" -> estargz(tar());
          case "zstd" -> zstd(tar());
          default -> tar();
        };
    registry.addBlob("app", layer);
    boolean docker = mediaType.contains("docker");

    Image image =
        pull(
            add(
                docker ? MediaTypes.DOCKER_MANIFEST : MediaTypes.OCI_MANIFEST,
                docker ? MediaTypes.DOCKER_CONFIG : MediaTypes.OCI_CONFIG,
                descriptor(mediaType, layer, Map.of())));

    assertThat(image.diffIds()).containsExactly(diffIds().get(0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "zstd", "zstd:chunked"})
  void whatSkopeoCompresses_makesTheSameLayers(String format) {
    Path layout = folder.resolve("layout");
    IMAGE.writeLayout(layout, "1");
    ImageReference reference = registry.reference("app:1");
    ForeignTool.named("skopeo")
        .check(
            "--insecure-policy",
            "copy",
            "--dest-compress",
            "--dest-compress-format",
            format,
            "--dest-tls-verify=false",
            "oci:" + layout + ":1",
            "docker://" + reference);

    assertThat(pull(reference).diffIds()).isEqualTo(diffIds());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/vnd.oci.image.layer.v1.tar+gzip+encrypted",
        "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
        "application/vnd.oci.image.layer.v1.tar+br"
      })
  void otherLayerType_isRefusedByName(String mediaType) throws IOException {
    ImageReference reference =
        add(MediaTypes.OCI_MANIFEST, MediaTypes.OCI_CONFIG, descriptor(mediaType, tar(), Map.of()));

    assertThatThrownBy(() -> pull(reference))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("'" + mediaType + "'");
  }

  @Test
  void artifact_isRefusedByName() throws IOException {
    ImageReference chart =
        add(MediaTypes.OCI_MANIFEST, "application/vnd.cncf.helm.config.v1+json", "");

    assertThatThrownBy(() -> pull(chart))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("application/vnd.cncf.helm.config.v1+json");
  }

  private ImageReference addForeign(Map<String, Object> more) throws IOException {
    return add(
        MediaTypes.DOCKER_MANIFEST,
        MediaTypes.DOCKER_CONFIG,
        descriptor(FOREIGN, gzip(tar()), more));
  }

  private static Map<String, Object> at(EmbeddedRegistry elsewhere, byte[] layer) {
    Digest digest = elsewhere.addBlob("base", layer);
    return Map.of(
        "urls",
        List.of(
            "https://nowhere.invalid/layer",
            "http://" + elsewhere.address() + "/v2/base/blobs/" + digest));
  }

  @Test
  void foreignLayer_isFetchedFromAnAllowedHost() throws IOException {
    try (EmbeddedRegistry elsewhere = EmbeddedRegistry.start()) {
      ImageReference reference = addForeign(at(elsewhere, gzip(tar())));

      assertThat(pull(reference, ForeignLayers.alsoFrom(elsewhere.address())).diffIds())
          .containsExactly(diffIds().get(0));
      assertThat(elsewhere.requests()).hasSize(1);
    }
  }

  @Test
  void foreignLayer_isNotFetchedFromOtherHosts() throws IOException {
    try (EmbeddedRegistry elsewhere = EmbeddedRegistry.start()) {
      ImageReference reference = addForeign(at(elsewhere, gzip(tar())));

      for (ForeignLayers policy :
          List.of(ForeignLayers.FROM_REGISTRY, ForeignLayers.alsoFrom("*.example"))) {
        assertThatThrownBy(() -> pull(reference, policy))
            .isInstanceOf(UnsupportedException.class)
            .hasMessageContaining("is a foreign layer");
      }
      assertThat(elsewhere.requests()).isEmpty();
    }
  }

  @Test
  void foreignLayerThatIsAnother_isCorrupt() throws IOException {
    try (EmbeddedRegistry elsewhere = EmbeddedRegistry.start()) {
      byte[] layer = gzip(tar());
      ImageReference reference = addForeign(at(elsewhere, layer));
      elsewhere.faults().onPath(".*").always(RegistryFault.corruptAt(layer.length / 2));

      assertThatThrownBy(() -> pull(reference, ForeignLayers.alsoFrom(elsewhere.address())))
          .isInstanceOf(CorruptException.class);
    }
  }

  @Test
  void refusedForeignLayer_isNotAskedFor() throws IOException {
    registry.addBlob("app", gzip(tar()));
    ImageReference reference = addForeign(Map.of());

    assertThatThrownBy(() -> pull(reference, ForeignLayers.REFUSED))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(FOREIGN);
    assertThat(registry.requests().stream().filter(RegistryRequest::isBlobFetch)).hasSize(1);
  }

  @Test
  void attestationsAndArtifactsInAnIndex_arePassedOver() throws IOException {
    registry.add("app:image", IMAGE);
    byte[] other = "{}".getBytes(StandardCharsets.UTF_8);
    String index =
        "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"manifests\":[%s,%s,%s,%s]}"
            .formatted(
                MediaTypes.OCI_INDEX,
                descriptor(
                    MediaTypes.OCI_MANIFEST,
                    other,
                    Map.of(
                        "platform",
                        Map.of("os", "unknown", "architecture", "unknown"),
                        "annotations",
                        Map.of("vnd.docker.reference.type", "attestation-manifest"))),
                descriptor(
                    MediaTypes.OCI_MANIFEST,
                    other,
                    Map.of("artifactType", "application/vnd.dev.cosign.artifact.sig.v1+json")),
                descriptor("application/vnd.example.unknown+json", other, Map.of()),
                descriptor(MediaTypes.OCI_MANIFEST, IMAGE.manifest().toArray(), Map.of()));
    ImageReference reference =
        registry.addManifest("app:1", MediaTypes.OCI_INDEX, index.getBytes(StandardCharsets.UTF_8));

    assertThat(pull(reference).id()).isEqualTo(IMAGE.configDescriptor().digest());
  }
}

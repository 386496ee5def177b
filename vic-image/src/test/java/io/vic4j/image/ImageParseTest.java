package io.vic4j.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.Platform;
import io.vic4j.core.UnsupportedException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is taken for an image, and what is refused, and how. */
class ImageParseTest {
  private static final SampleImage SAMPLE = SampleImage.of("one", "two");

  private static String json() {
    return SAMPLE.manifest.content().toString();
  }

  private static void assertInvalid(String json, String why) {
    assertThatThrownBy(() -> ImageManifest.parse(SampleImage.manifest(json)))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining(why);
  }

  private static void assertUnsupported(RawManifest manifest, String what) {
    assertThatThrownBy(() -> ImageManifest.parse(manifest))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining(what);
  }

  private static ImageConfig config(String json) {
    return ImageConfig.parse(new Bytes(json.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void manifest_givesConfigAndLayersInOrder() {
    Image image = Image.parse(SAMPLE.manifest, SAMPLE.config, "here");

    assertThat(image.id()).isEqualTo(SAMPLE.id());
    assertThat(image.diffIds()).isEqualTo(SAMPLE.diffIds);
    assertThat(image.platform()).isEqualTo(Platform.LINUX_AMD64);
    assertThat(image.manifestDigest()).isEqualTo(SAMPLE.manifest.digest());
    assertThat(image.transferBytes())
        .isEqualTo(image.layers().stream().mapToLong(l -> l.blob().sizeBytes()).sum());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "registry.test:5000/team/app:1",
        "registry.test:5000/team/app@sha256:"
            + "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
      })
  void anImageOfARegistry_isPinnedByItsRepositoryAndManifest(String source) {
    assertThat(Image.parse(SAMPLE.manifest, SAMPLE.config, source).pinned().orElseThrow())
        .hasToString("registry.test:5000/team/app@" + SAMPLE.manifest.digest());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "docker-archive:app.tar",
        "docker-archive:/tmp/app.tar:app:1",
        "oci:layout:1",
        "commit of container 'web'",
        "app.tar",
        ""
      })
  void anImageOfNoRegistry_isNotPinned(String source) {
    assertThat(Image.parse(SAMPLE.manifest, SAMPLE.config, source).pinned()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "application/json", "application/octet-stream", "text/plain"})
  void sourceThatKnowsNoTypes_isNotBelieved(String mediaType) {
    RawManifest raw = RawManifest.of(mediaType, SAMPLE.manifest.content().toArray());

    assertThat(ImageManifest.parse(raw).mediaType()).isEqualTo(MediaTypes.OCI_MANIFEST);
  }

  @Test
  void mediaTypeWithParameters_isUnderstood() {
    RawManifest raw =
        RawManifest.of(
            MediaTypes.OCI_MANIFEST + "; charset=utf-8", SAMPLE.manifest.content().toArray());

    assertThat(ImageManifest.parse(raw).layers()).hasSize(2);
  }

  @Test
  void manifestWithoutAMediaType_isToldByItsFields() {
    String bare = json().replace("\"mediaType\":\"" + MediaTypes.OCI_MANIFEST + "\",", "");

    assertThat(ImageManifest.parse(SampleImage.manifest(bare)).mediaType())
        .isEqualTo(MediaTypes.OCI_MANIFEST);
  }

  @Test
  void manifestThatIsAnIndexToo_isRefused() {
    assertInvalid(json().replaceFirst("\\{", "{\"manifests\":[],"), "fields of the other");
  }

  @Test
  void typeThatSourceAndContentDisagreeOn_isRefused() {
    RawManifest raw =
        RawManifest.of(MediaTypes.DOCKER_MANIFEST, SAMPLE.manifest.content().toArray());

    assertThatThrownBy(() -> ImageManifest.parse(raw))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("calls itself");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "not json | not valid JSON",
        "[] | not a JSON object",
        "{} | schemaVersion is missing",
        "{\"schemaVersion\":2,\"layers\":[]} | config is missing",
        "{\"schemaVersion\":\"2\"} | schemaVersion is not a whole number",
        "{\"schemaVersion\":2,\"schemaVersion\":2} | Duplicate field",
        "{\"schemaVersion\":2} {} | not valid JSON",
      })
  void whatIsNoManifest_isInvalid(String json, String why) {
    assertInvalid(json, why);
  }

  @Test
  void missingLayers_areInvalid() {
    assertInvalid(json().replace("\"layers\"", "\"lairs\""), "layers is missing");
  }

  @Test
  void wrongDigest_isInvalidAndNamed() {
    String digest = SAMPLE.layerBlob(1).digest().toString();

    assertInvalid(json().replace(digest, "sha256:../../etc/passwd"), "layers[1].digest");
  }

  @Test
  void negativeSize_isInvalid() {
    assertInvalid(json().replaceFirst("\"size\":", "\"size\":-"), "negative");
  }

  @Test
  void tooDeepJson_isInvalid() {
    assertInvalid("{\"a\":" + "[".repeat(5000) + "]".repeat(5000) + "}", "not valid JSON");
  }

  @Test
  void tooLargeManifest_isInvalid() {
    assertInvalid("{\"a\":\"" + "x".repeat(JsonFields.MAX_BYTES) + "\"}", "too large");
  }

  @Test
  void schema1_isRefusedByName() {
    assertUnsupported(SampleImage.manifest("{\"schemaVersion\":1}"), "schema 1");
    assertUnsupported(
        RawManifest.of(
            "application/vnd.docker.distribution.manifest.v1+prettyjws",
            "{}".getBytes(StandardCharsets.UTF_8)),
        "schema 1");
  }

  @Test
  void artifact_isRefusedByItsType() {
    String artifact =
        json()
            .replace(MediaTypes.OCI_CONFIG, "application/vnd.oci.empty.v1+json")
            .replaceFirst("\\{", "{\"artifactType\":\"application/vnd.example.chart\",");

    assertUnsupported(SampleImage.manifest(artifact), "application/vnd.example.chart");
  }

  @Test
  void unknownMediaType_isRefusedByName() {
    assertUnsupported(
        RawManifest.of("application/vnd.example.thing", "{}".getBytes(StandardCharsets.UTF_8)),
        "application/vnd.example.thing");
  }

  @Test
  void encryptedLayer_isRefusedByName() {
    String type = MediaTypes.OCI_LAYER + "+gzip+encrypted";

    assertUnsupported(
        SampleImage.manifest(json().replaceFirst("\\.tar\\+gzip", ".tar+gzip+encrypted")), type);
  }

  @Test
  void index_isNoManifestAndTheReverse() {
    assertInvalid(SampleImage.index().content().toString(), "index of several images");
    assertThatThrownBy(() -> ImageIndex.parse(SAMPLE.manifest))
        .isInstanceOf(InvalidArgumentException.class);
  }

  @Test
  void manifestWithAnotherDigest_cannotBe() {
    assertThatThrownBy(
            () -> new RawManifest("", SAMPLE.manifest.content(), Digest.sha256("another")))
        .isInstanceOf(CorruptException.class);
  }

  @Test
  void config_saysHowToRun() {
    ImageConfig config =
        config(
            """
            {"os":"linux","architecture":"arm","variant":"v7","created":"2024-05-06T07:08:09.5+02:00",
             "author":"me","config":{"Env":["A=b"],"Cmd":["c"],"Entrypoint":["e"],"WorkingDir":"/w",
             "User":"u:g","ExposedPorts":{"80/tcp":{},"53/udp":{}},"Volumes":{"/data":{}},
             "StopSignal":"SIGINT","Healthcheck":{"Test":["CMD","/check","x"],
             "Interval":5000000000,"Timeout":0,"StartPeriod":1500000,"Retries":2},
             "Labels":{"k":"v"}},"rootfs":{"type":"layers","diff_ids":[]},
             "history":[{"created_by":"RUN x","empty_layer":true}]}""");

    assertThat(config)
        .isEqualTo(
            ImageConfig.builder()
                .platform(Platform.parse("linux/arm/v7"))
                .created(Instant.parse("2024-05-06T05:08:09.5Z"))
                .author("me")
                .env("A", "b")
                .cmd("c")
                .entrypoint("e")
                .workingDir("/w")
                .user("u:g")
                .exposedPorts(List.of("53/udp", "80/tcp"))
                .volumes(List.of("/data"))
                .stopSignal("SIGINT")
                .healthcheck(
                    new ImageConfig.Healthcheck(
                        List.of("CMD", "/check", "x"),
                        Optional.of(Duration.ofSeconds(5)),
                        Optional.empty(),
                        Optional.of(Duration.ofNanos(1_500_000)),
                        OptionalInt.of(2)))
                .labels(Map.of("k", "v"))
                .history(List.of(new ImageConfig.History("RUN x", "", true)))
                .build());
  }

  @Test
  void healthcheckWithoutATest_isNone() {
    assertThat(
            config(
                    """
                    {"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]},
                     "config":{"Healthcheck":{"Test":[],"Interval":1}}}""")
                .healthcheck())
        .isEmpty();
  }

  @Test
  void configThatSaysLittle_hasDefaults() {
    ImageConfig config =
        config(
            "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Env\":null},"
                + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":null}}");

    assertThat(config).isEqualTo(ImageConfig.builder().build());
    assertThat(config.workingDir()).isEqualTo("/");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"architecture\":\"amd64\"} | os is missing",
        "{\"os\":\"linux\",\"architecture\":\"amd64\"} | rootfs is missing",
        "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Env\":[1]}} | config.Env[0]",
        "{\"os\":\"a b\",\"architecture\":\"amd64\"} | not a platform",
        "{\"os\":\"linux\",\"architecture\":\"amd64\",\"created\":\"noon\"} | created",
      })
  void whatIsNoConfig_isInvalid(String json, String why) {
    assertThatThrownBy(() -> config(json))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining(why);
  }
}

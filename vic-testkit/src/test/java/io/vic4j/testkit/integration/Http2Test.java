package io.vic4j.testkit.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CancelledException;
import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.Progress;
import io.vic4j.core.UnavailableException;
import io.vic4j.image.Descriptor;
import io.vic4j.image.ImageSource;
import io.vic4j.image.layout.OciLayout;
import io.vic4j.image.registry.PushOptions;
import io.vic4j.image.registry.RegistryClient;
import io.vic4j.image.registry.RetryPolicy;
import io.vic4j.testkit.EmbeddedRegistry;
import io.vic4j.testkit.RegistryFault;
import io.vic4j.testkit.TestImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Registries behind a server that offers HTTP/2. */
class Http2Test {
  private static final TestImage IMAGE =
      TestImage.builder()
          .compression(TestImage.Compression.NONE)
          .layer(layer -> layer.file("data", random(12_000_000)))
          .layer(layer -> layer.file("more", random(300_000)))
          .build();
  private static final Descriptor LAYER = IMAGE.layerDescriptors().get(0);

  @TempDir Path folder;
  private TestCertificates certificates;

  private static byte[] random(int size) {
    byte[] content = new byte[size];
    new Random(size).nextBytes(content);
    return content;
  }

  @BeforeEach
  void makeCertificates() throws IOException {
    certificates = TestCertificates.in(folder);
  }

  private RegistryClient.Builder client(NginxFront front) {
    return RegistryClient.builder()
        .https(front.address())
        .trust(certificates.ca())
        .retryPolicy(
            new RetryPolicy(
                20, Duration.ofMillis(50), Duration.ofMillis(200), Duration.ofSeconds(1)));
  }

  private ImageSource image() {
    IMAGE.writeLayout(folder.resolve("layout"), "1");
    return OciLayout.open(folder.resolve("layout"));
  }

  private static ImageReference app(NginxFront front) {
    return ImageReference.parse(front.address() + "/lib/app:1");
  }

  @Test
  void pushAndPull_areOverHttp2_andGoOnWhereTheServerDied() throws IOException {
    try (DockerRegistry registry = DockerRegistry.start(folder);
        NginxFront front =
            NginxFront.withHttp2(registry.address(), certificates, "limit_rate 4m;", folder);
        RegistryClient client = client(front).build()) {
      client.push(image(), app(front), PushOptions.DEFAULT.withChunkBytes(1 << 20), Progress.NONE);
      try (ImageSource source = client.open(app(front));
          InputStream in = source.blob(LAYER)) {
        assertThat(source.manifest().content()).isEqualTo(IMAGE.manifest());
        byte[] content = new byte[(int) LAYER.sizeBytes()];
        int first = in.readNBytes(content, 0, 1 << 20);
        front.killAndStart();
        int rest = in.readNBytes(content, first, content.length - first);

        assertThat(first + rest).isEqualTo(content.length);
        assertThat(in.read()).isEqualTo(-1);
        assertThat(Digest.sha256(content)).isEqualTo(LAYER.digest());
      }
      assertThat(front.answered()).allMatch(line -> line.endsWith(" HTTP/2.0"));
      assertThat(front.answered())
          .filteredOn(line -> line.startsWith("GET ") && line.contains("/blobs/"))
          .anySatisfy(line -> assertThat(line.split(" ")[2]).isEqualTo("206"));
    }
  }

  @Test
  void answersThatAreCutOff_goOnWhereTheyBroke() throws IOException {
    try (EmbeddedRegistry registry = EmbeddedRegistry.start();
        NginxFront front = NginxFront.withHttp2(registry.address(), certificates, "", folder);
        RegistryClient client = client(front).build()) {
      registry.add("lib/app:1", IMAGE);
      String path = ".*/blobs/" + LAYER.digest();
      registry.faults().onPath(path).nth(1, RegistryFault.dropAfter(2_000_000));
      registry.faults().onPath(path).nth(2, RegistryFault.dropAfter(3_000_000));
      try (ImageSource source = client.open(app(front));
          InputStream in = source.blob(LAYER)) {
        assertThat(Digest.sha256(in.readAllBytes())).isEqualTo(LAYER.digest());
      }
    }
  }

  @Test
  void partsOfOneBlob_comeAtOnce() throws IOException {
    TestImage large =
        TestImage.builder()
            .compression(TestImage.Compression.NONE)
            .layer(layer -> layer.file("data", random(40_000_000)))
            .build();
    Descriptor layer = large.layerDescriptors().get(0);
    try (EmbeddedRegistry registry = EmbeddedRegistry.start();
        NginxFront front = NginxFront.withHttp2(registry.address(), certificates, "", folder);
        RegistryClient client = client(front).parallelRanges(4).build()) {
      registry.add("lib/app:1", large);
      try (ImageSource source = client.open(app(front));
          InputStream in = source.blob(layer)) {
        assertThat(Digest.sha256(in.readAllBytes())).isEqualTo(layer.digest());
      }
      assertThat(front.answered())
          .filteredOn(line -> line.contains("/blobs/") && line.contains(" 206 "))
          .hasSizeGreaterThan(1);
    }
  }

  @Test
  void answerThatStalls_isGivenUpInTime() throws IOException {
    try (EmbeddedRegistry registry = EmbeddedRegistry.start();
        NginxFront front =
            NginxFront.withHttp2(
                registry.address(), certificates, "limit_rate_after 64k; limit_rate 1;", folder);
        RegistryClient client =
            client(front)
                .retryPolicy(
                    new RetryPolicy(
                        2, Duration.ofMillis(10), Duration.ofMillis(10), Duration.ofMinutes(1)))
                .stallTimeout(Duration.ofMillis(500))
                .build()) {
      registry.add("lib/app:1", IMAGE);
      try (ImageSource source = client.open(app(front));
          InputStream in = source.blob(LAYER)) {
        assertThatThrownBy(in::readAllBytes).isInstanceOf(UnavailableException.class);
      }
    }
  }

  @Test
  void closedClient_endsWhatIsUnderWay() throws Exception {
    try (EmbeddedRegistry registry = EmbeddedRegistry.start();
        NginxFront front =
            NginxFront.withHttp2(registry.address(), certificates, "limit_rate 100k;", folder)) {
      registry.add("lib/app:1", IMAGE);
      RegistryClient client = client(front).build();
      InputStream in = client.open(app(front)).blob(LAYER);
      assertThat(in.read()).isNotNegative();

      client.close();

      assertThatThrownBy(in::readAllBytes)
          .isInstanceOfAny(CancelledException.class, IllegalStateException.class);
    }
  }
}

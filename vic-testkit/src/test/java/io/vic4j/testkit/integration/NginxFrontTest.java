package io.vic4j.testkit.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import io.vic4j.testkit.TestImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real registry behind a real proxy that is slow, refuses, and dies in the middle of answers. */
class NginxFrontTest {
  private static final int SIZE = 12_000_000;
  private static final TestImage IMAGE =
      TestImage.builder()
          .compression(TestImage.Compression.NONE)
          .layer(layer -> layer.file("data", random()))
          .build();
  private static final Descriptor LAYER = IMAGE.layerDescriptors().get(0);

  @TempDir Path folder;

  private static byte[] random() {
    byte[] content = new byte[SIZE];
    new Random(7).nextBytes(content);
    return content;
  }

  private ImageSource image() {
    IMAGE.writeLayout(folder.resolve("layout"), "1");
    return OciLayout.open(folder.resolve("layout"));
  }

  private static RegistryClient client() {
    return RegistryClient.builder()
        .retryPolicy(
            new RetryPolicy(
                20, Duration.ofMillis(50), Duration.ofMillis(200), Duration.ofSeconds(1)))
        .build();
  }

  @Test
  void pushThroughASlowProxy_andPullThatItsDeathCutsOff_areWhole() throws IOException {
    try (DockerRegistry registry = DockerRegistry.start(folder);
        NginxFront front = NginxFront.before(registry.address(), "limit_rate 3m;", folder);
        RegistryClient client = client()) {
      ImageReference reference = ImageReference.parse(front.address() + "/lib/app:1");
      client.push(image(), reference, PushOptions.DEFAULT.withChunkBytes(1 << 20), Progress.NONE);
      try (ImageSource source = client.open(reference);
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
      List<String> blobs =
          front.answered().stream()
              .filter(line -> line.startsWith("GET ") && line.contains("/blobs/"))
              .toList();
      assertThat(blobs).hasSize(1);
      String[] line = blobs.get(0).split(" ");
      assertThat(line[2]).isEqualTo("206");
      assertThat(Long.parseLong(line[3])).isLessThan(LAYER.sizeBytes() - (1 << 20) + 1);
    }
  }

  /** A proxy that gives each connection so much: four bring more than one does. */
  @Test
  void parallelRanges_payWhereEachConnectionIsSlow() throws IOException {
    TestImage large =
        TestImage.builder()
            .compression(TestImage.Compression.NONE)
            .layer(layer -> layer.file("data", new byte[40_000_000]))
            .build();
    Descriptor layer = large.layerDescriptors().get(0);
    try (DockerRegistry registry = DockerRegistry.start(folder);
        NginxFront front = NginxFront.before(registry.address(), "limit_rate 4m;", folder);
        RegistryClient one = RegistryClient.builder().build();
        RegistryClient four = RegistryClient.builder().parallelRanges(4).build()) {
      large.writeLayout(folder.resolve("large"), "1");
      one.push(
          OciLayout.open(folder.resolve("large")),
          registry.reference("lib/app:1"),
          PushOptions.DEFAULT,
          Progress.NONE);
      ImageReference reference = ImageReference.parse(front.address() + "/lib/app:1");

      Duration alone = timed(one.open(reference), layer);
      Duration together = timed(four.open(reference), layer);

      assertThat(together).isLessThan(alone);
    }
  }

  private static Duration timed(ImageSource source, Descriptor layer) throws IOException {
    long began = System.nanoTime();
    try (InputStream in = source.blob(layer)) {
      assertThat(Digest.sha256(in.readAllBytes())).isEqualTo(layer.digest());
    }
    return Duration.ofNanos(System.nanoTime() - began);
  }

  @Test
  void proxyThatRefuses_isUnavailable() throws IOException {
    try (DockerRegistry registry = DockerRegistry.start(folder);
        NginxFront front = NginxFront.before(registry.address(), "return 503;", folder);
        RegistryClient client = client()) {
      ImageReference reference = ImageReference.parse(front.address() + "/lib/app:1");

      assertThatThrownBy(() -> client.open(reference).manifest())
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("503 Service Temporarily Unavailable");
    }
  }

  @Test
  void proxyThatHangsUp_isUnavailable() throws IOException {
    try (DockerRegistry registry = DockerRegistry.start(folder);
        NginxFront front = NginxFront.before(registry.address(), "return 444;", folder);
        RegistryClient client = client()) {
      ImageReference reference = ImageReference.parse(front.address() + "/lib/app:1");

      assertThatThrownBy(() -> client.open(reference).manifest())
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("after 20 attempts");
    }
  }
}

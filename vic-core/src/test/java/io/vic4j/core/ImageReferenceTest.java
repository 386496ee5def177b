package io.vic4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageReferenceTest {
  private static final String HEX = "ab".repeat(32);

  @ParameterizedTest
  @CsvSource({
    "debian, docker.io/library/debian:latest",
    "debian:12, docker.io/library/debian:12",
    "lib/app, docker.io/lib/app:latest",
    "docker.io/debian, docker.io/library/debian:latest",
    "index.docker.io/library/debian, docker.io/library/debian:latest",
    "localhost/app, localhost/app:latest",
    "localhost:5000/app:1, localhost:5000/app:1",
    "127.0.0.1:5000/lib/app, 127.0.0.1:5000/lib/app:latest",
    "'[::1]:5000/app', '[::1]:5000/app:latest'",
    "registry.example/a/b/c:v1.2-rc_3, registry.example/a/b/c:v1.2-rc_3",
    "Registry/app, Registry/app:latest",
    "a__b/c--d.e, docker.io/a__b/c--d.e:latest",
  })
  void parse_fillsInWhatIsLeftOut(String text, String full) {
    assertThat(ImageReference.parse(text)).hasToString(full);
  }

  @Test
  void parse_withDigest_addsNoTag() {
    ImageReference reference = ImageReference.parse("debian@sha256:" + HEX);
    assertThat(reference.tag()).isEmpty();
    assertThat(reference.digest()).contains(Digest.parse("sha256:" + HEX));
    assertThat(reference).hasToString("docker.io/library/debian@sha256:" + HEX);
  }

  @Test
  void parse_withTagAndDigest_keepsBoth() {
    ImageReference reference = ImageReference.parse("r.example:443/a:1@sha256:" + HEX);
    assertThat(reference.registry()).isEqualTo("r.example:443");
    assertThat(reference.repository()).isEqualTo("a");
    assertThat(reference.tag()).contains("1");
    assertThat(reference.digest()).isPresent();
  }

  @ParameterizedTest
  @CsvSource({
    "'', it is empty",
    "Debian, lower-case",
    "debian:, is not a tag",
    "debian:.x, is not a tag",
    "a//b, empty part",
    "r.example/, names no repository",
    "r.example/a/, empty part",
    "a___b, is not a repository name",
    "-a, is not a repository name",
    "https://r.example/a, ",
    "r.example:0/a, port 0",
    "r.example:99999/a, port 99999",
    "r.example:port/a, is not a registry",
    "-r.example/a, is not a registry",
    "debian@sha256:12, not a digest",
    "debian@, not a digest",
    "a b, is not a repository name",
  })
  void parse_ofWhatIsNoReference_namesThePart(String text, String why) {
    assertThatThrownBy(() -> ImageReference.parse(text))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("not an image reference")
        .hasMessageContaining(why == null ? "" : why);
  }

  @Test
  void parse_ofAnImageId_saysThatNoRegistryKnowsIt() {
    assertThatThrownBy(() -> ImageReference.parse(HEX)).hasMessageContaining("image ID");
  }

  @Test
  void parse_ofAnEndlessText_isRefused() {
    assertThatThrownBy(() -> ImageReference.parse("a".repeat(1_000_000)))
        .isInstanceOf(InvalidArgumentException.class);
    assertThatThrownBy(() -> ImageReference.parse("a/".repeat(200) + "a"))
        .hasMessageContaining("longer than 255");
  }

  @Test
  void familiar_leavesOutWhatParseFillsIn() {
    assertThat(ImageReference.parse("docker.io/library/debian:12").familiar())
        .isEqualTo("debian:12");
    assertThat(ImageReference.parse("docker.io/lib/app").familiar()).isEqualTo("lib/app:latest");
    assertThat(ImageReference.parse("r.example/app:1").familiar()).isEqualTo("r.example/app:1");
  }

  @Test
  void withTag_dropsTheDigest_andChecksTheTag() {
    ImageReference pinned = ImageReference.parse("app:1@sha256:" + HEX);
    assertThat(pinned.withTag("2")).isEqualTo(ImageReference.parse("app:2"));
    assertThatThrownBy(() -> pinned.withTag("no tag")).isInstanceOf(InvalidArgumentException.class);
  }

  @Property
  void parse_ofAnything_readsOrRefuses(@ForAll String text) {
    assertThatCode(
            () -> {
              try {
                ImageReference.parse(text);
              } catch (InvalidArgumentException e) {
                assertThat(e).hasMessageContaining("not an image reference");
              }
            })
        .doesNotThrowAnyException();
  }

  @Property
  void parse_readsBackTheFullAndTheFamiliarForm(@ForAll("references") String text) {
    ImageReference reference = ImageReference.parse(text);
    assertThat(ImageReference.parse(reference.toString())).isEqualTo(reference);
    assertThat(ImageReference.parse(reference.familiar())).isEqualTo(reference);
  }

  @Provide
  Arbitrary<String> references() {
    Arbitrary<String> registry =
        Arbitraries.of("", "docker.io/", "localhost/", "127.0.0.1:5000/", "R/", "[::1]:1/", "a.b/");
    Arbitrary<String> part = Arbitraries.of("a", "library", "a-b", "a__b", "x.y", "0", "a---b9");
    Arbitrary<String> path =
        part.list().ofMinSize(1).ofMaxSize(4).map(parts -> String.join("/", parts));
    Arbitrary<String> tag = Arbitraries.of("", ":1", ":latest", ":A_b.c-d");
    Arbitrary<String> digest = Arbitraries.of("", "@sha256:" + HEX);
    return Combinators.combine(registry, path, tag, digest).as((r, p, t, d) -> r + p + t + d);
  }
}

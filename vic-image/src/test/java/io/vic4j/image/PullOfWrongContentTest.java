package io.vic4j.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.Progress;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.VchName;
import io.vic4j.core.VicException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sources that give what they should not. */
class PullOfWrongContentTest extends PullFixture {
  @Test
  void referenceWithDigest_isHeldAgainstTheManifest() throws Exception {
    SampleImage sample = SampleImage.of("one");
    Digest other = Digest.sha256("another manifest");
    ImageSources sources = reference -> sample.source();
    try (ImageService pinned = ImageService.builder(store, disks).sources(sources).build()) {
      assertThatThrownBy(
              () ->
                  pinned
                      .images(VchName.of("vch"))
                      .pull(ImageReference.parse("app@" + other), Progress.NONE))
          .isInstanceOfSatisfying(
              CorruptException.class,
              e -> {
                assertThat(e.expected()).contains(other);
                assertThat(e.actual()).contains(sample.manifest.digest());
              });
    }
    assertNothingIsNamedOrLeftOver();
  }

  @Test
  void manifestThatIsNotWhatTheIndexSays_isCorrupt() throws Exception {
    SampleImage sample = SampleImage.of("one");
    SampleImage other = SampleImage.of("two");
    RawManifest index = SampleImage.index(sample.entry("linux", "amd64"));
    MapSource source =
        new MapSource("multi", index)
            .with(sample)
            .withManifest(sample.manifest.digest(), other.manifest);

    assertThatThrownBy(() -> pull(source)).isInstanceOf(CorruptException.class);
    assertNothingIsNamedOrLeftOver();
  }

  @Test
  void wrongConfig_isCorrupt() throws Exception {
    SampleImage sample = SampleImage.of("one");
    byte[] wrong = sample.config.toArray();
    wrong[wrong.length - 5] ^= 1;
    MapSource source = sample.source().withBlob(sample.id(), wrong);

    CorruptException e = catchThrowableOfType(CorruptException.class, () -> pull(source));

    assertThat(e.expected()).contains(sample.id());
    assertNothingIsNamedOrLeftOver();
  }

  @Test
  void wrongLayerBlob_isCorruptAndLeavesNothing() throws Exception {
    SampleImage sample = SampleImage.of("one");
    Digest blob = sample.layerBlob(0).digest();
    byte[] wrong = sample.blobs.get(blob).clone();
    wrong[9] ^= 1; // The operating system in gzip's header: it unpacks all the same.
    MapSource source = sample.source().withBlob(blob, wrong);

    assertThatThrownBy(() -> pull(source))
        .isInstanceOfSatisfying(
            CorruptException.class, e -> assertThat(e.expected()).contains(blob));
    assertThat(disks.list()).isEmpty();
    assertNothingIsNamedOrLeftOver();
  }

  @Test
  void truncatedLayerBlob_leavesNothing() throws Exception {
    SampleImage sample = SampleImage.of("one");
    Digest blob = sample.layerBlob(0).digest();
    byte[] whole = sample.blobs.get(blob);
    MapSource source = sample.source().withBlob(blob, Arrays.copyOf(whole, whole.length / 2));

    assertThatThrownBy(() -> pull(source)).isInstanceOf(VicException.class);
    assertThat(disks.list()).isEmpty();
    assertNothingIsNamedOrLeftOver();
  }

  @Test
  void layerLongerThanPromised_isCorrupt() {
    SampleImage sample = SampleImage.of("one");
    Digest blob = sample.layerBlob(0).digest();
    byte[] whole = sample.blobs.get(blob);
    MapSource source = sample.source().withBlob(blob, Arrays.copyOf(whole, whole.length + 1));

    assertThatThrownBy(() -> pull(source))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("longer");
  }

  /** The image with another config, which its manifest names as it is. */
  private static MapSource withConfig(SampleImage sample, byte[] config) {
    String manifest =
        sample
            .manifest
            .content()
            .toString()
            .replace(
                SampleImage.descriptor(MediaTypes.OCI_CONFIG, sample.config.toArray()),
                SampleImage.descriptor(MediaTypes.OCI_CONFIG, config));
    return new MapSource("lying", SampleImage.manifest(manifest))
        .with(sample)
        .withBlob(Digest.sha256(config), config);
  }

  @Test
  void wrongDiffId_isCorruptAndLeavesNothing() throws Exception {
    SampleImage sample = SampleImage.of("one");
    byte[] config =
        SampleImage.config("linux", "amd64", List.of(Digest.sha256("not the tar")))
            .getBytes(StandardCharsets.UTF_8);
    MapSource source = withConfig(sample, config);

    assertThatThrownBy(() -> pull(source))
        .isInstanceOfSatisfying(
            CorruptException.class,
            e -> assertThat(e.expected()).contains(Digest.sha256("not the tar")));
    assertThat(disks.list()).isEmpty();
    assertNothingIsNamedOrLeftOver();
  }

  @Test
  void moreLayersThanDiffIds_isRefused() {
    SampleImage sample = SampleImage.of("one", "two");
    byte[] config =
        SampleImage.config("linux", "amd64", sample.diffIds.subList(0, 1))
            .getBytes(StandardCharsets.UTF_8);
    MapSource source = withConfig(sample, config);

    assertThatThrownBy(() -> pull(source))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("has 2 layers")
        .hasMessageContaining("has 1 diff IDs");
  }

  @Test
  void foreignLayerThatIsNotThere_isRefusedByName() {
    SampleImage sample = SampleImage.of("one");
    String foreign = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
    String manifest =
        sample.manifest.content().toString().replace(MediaTypes.OCI_LAYER + "+gzip", foreign);
    MapSource source =
        new MapSource("foreign", SampleImage.manifest(manifest))
            .with(sample)
            .without(sample.layerBlob(0).digest());

    assertThatThrownBy(() -> pull(source))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining(foreign);
  }

  @Test
  void foreignLayerThatIsThere_isPulled() {
    SampleImage sample = SampleImage.of("one");
    String foreign = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
    String manifest =
        sample.manifest.content().toString().replace(MediaTypes.OCI_LAYER + "+gzip", foreign);

    PullResult result = pull(new MapSource("foreign", SampleImage.manifest(manifest)).with(sample));

    assertThat(result.layersBuilt()).isEqualTo(1);
  }
}

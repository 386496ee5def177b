package io.vic4j.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.Progress;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.storage.LayerDisks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Policies that see manifests before anything is used. */
class PinnedDigestsTest {
  private static final ImageReference APP = ImageReference.parse("registry.example/app:1");

  @TempDir Path folder;

  private final SampleImage amd = SampleImage.of("one");
  private final SampleImage arm = SampleImage.forPlatform("linux", "arm64", "two");
  private final RawManifest index =
      SampleImage.index(amd.entry("linux", "amd64"), arm.entry("linux", "arm64"));
  private final MapSource source = new MapSource("sample", index).with(amd).with(arm);

  private Image pull(ImagePolicy policy, ImageSource from) {
    LocalDatastore datastore = LocalDatastore.at(folder);
    LayerDisks disks = LayerDisks.in(datastore);
    ImageSources sources = reference -> from;
    try (ImageService service =
        ImageService.builder(ImageStore.in(datastore, disks), disks)
            .sources(sources.judgedBy(policy))
            .build()) {
      return service.images(VchName.of("vch")).pull(APP, Progress.NONE);
    }
  }

  private static PinnedDigests pinned(String name, Digest... digests) {
    List<ImageReference> pins = new ArrayList<>();
    for (Digest digest : digests) {
      pins.add(ImageReference.parse(name + "@" + digest));
    }
    return PinnedDigests.of(pins);
  }

  @Test
  void pinnedIndex_allowsItsImages() {
    assertThat(pull(pinned("registry.example/app:1", index.digest()), source).id())
        .isEqualTo(amd.id());
  }

  @Test
  void pinnedImageInAnIndex_isAllowed() {
    assertThat(pull(pinned("registry.example/app", amd.manifest.digest()), source).id())
        .isEqualTo(amd.id());
  }

  @Test
  void otherImageOfTheIndex_isRefusedBeforeItsConfigIsRead() {
    assertThatThrownBy(() -> pull(pinned("registry.example/app", arm.manifest.digest()), source))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("registry.example/app:1 is refused")
        .hasMessageContaining("it has the digest " + amd.manifest.digest());
    assertThat(source.blobsRead.get()).isZero();
  }

  @Test
  void otherTag_isNotPinned() {
    assertThatThrownBy(() -> pull(pinned("registry.example/app:2", index.digest()), source))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("no digest is pinned for registry.example/app:1");
  }

  @Test
  void singleManifest_isHeldAgainstThePins() {
    PinnedDigests policy = pinned("registry.example/app:1", amd.manifest.digest());

    assertThatCode(() -> pull(policy, amd.source())).doesNotThrowAnyException();
    assertThatThrownBy(() -> pull(policy, SampleImage.of("three").source()))
        .isInstanceOf(RefusedException.class);
  }

  @Test
  void policy_seesEachManifestOutermostFirst() {
    List<List<Digest>> seen = new ArrayList<>();

    pull(
        candidate -> seen.add(candidate.manifests().stream().map(RawManifest::digest).toList()),
        source);

    assertThat(seen)
        .containsExactly(List.of(index.digest()), List.of(index.digest(), amd.manifest.digest()));
  }

  @Test
  void file_isReadLineByLine() throws IOException {
    Path file = folder.resolve("pins");
    Files.writeString(
        file, "# ours\n\nregistry.example/app:1@" + index.digest() + "\n  debian:12@" + amd.id());

    assertThat(pull(PinnedDigests.read(file), source).id()).isEqualTo(amd.id());
  }

  @Test
  void lineWithoutADigest_isRefusedByItsNumber() throws IOException {
    Path file = folder.resolve("pins");
    for (String bad : List.of("registry.example/app:1", "A B")) {
      Files.writeString(file, "# ours\n" + bad);

      assertThatThrownBy(() -> PinnedDigests.read(file))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("line 2 of " + file);
    }
  }
}

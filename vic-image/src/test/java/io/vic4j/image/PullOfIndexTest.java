package io.vic4j.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Platform;
import io.vic4j.core.Progress;
import org.junit.jupiter.api.Test;

/** Images that are found through indexes. */
class PullOfIndexTest extends PullFixture {
  @Test
  void index_leadsToThePlatformsImage() {
    SampleImage amd = SampleImage.of("amd");
    SampleImage arm = SampleImage.forPlatform("linux", "arm64", "arm");
    RawManifest index = SampleImage.index(amd.entry("linux", "amd64"), arm.entry("linux", "arm64"));
    MapSource source = new MapSource("multi", index).with(amd).with(arm);

    PullResult result =
        images.pull(source, AS_APP.withPlatform(Platform.parse("linux/arm64")), Progress.NONE);

    assertThat(result.image().id()).isEqualTo(arm.id());
    assertThat(images.scope().resolve(APP).orElseThrow().resolvedDigest())
        .isEqualTo(index.digest());
  }

  @Test
  void secondPullThroughAnIndex_readsTheIndexOnly() {
    SampleImage amd = SampleImage.of("amd");
    RawManifest index = SampleImage.index(amd.entry("linux", "amd64"));
    pull(new MapSource("multi", index).with(amd));
    MapSource again = new MapSource("multi", index).with(amd);

    pull(again);

    assertThat(again.manifestsRead).hasValue(1);
  }

  @Test
  void platformThatIsNotThere_saysWhichAre() throws Exception {
    SampleImage amd = SampleImage.of("amd");
    RawManifest index = SampleImage.index(amd.entry("linux", "amd64"));

    assertThatThrownBy(
            () ->
                images.pull(
                    new MapSource("multi", index).with(amd),
                    AS_APP.withPlatform(Platform.parse("linux/s390x")),
                    Progress.NONE))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("linux/amd64");
    assertNothingIsNamedOrLeftOver();
  }

  @Test
  void singleImageForAnotherPlatform_isRefused() {
    SampleImage arm = SampleImage.forPlatform("linux", "arm64", "arm");

    assertThatThrownBy(() -> pull(arm.source()))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("there is linux/arm64");
  }

  @Test
  void nestedIndex_isLookedThrough() {
    SampleImage amd = SampleImage.of("amd");
    RawManifest inner = SampleImage.index(amd.entry("linux", "amd64"));
    RawManifest outer =
        SampleImage.index(SampleImage.descriptor(MediaTypes.OCI_INDEX, inner.content().toArray()));

    PullResult result = pull(new MapSource("nested", outer).with(inner).with(amd));

    assertThat(result.image().id()).isEqualTo(amd.id());
  }

  @Test
  void indexesNestedTooDeep_areRefused() {
    RawManifest index = SampleImage.index();
    MapSource source = new MapSource("deep", index);
    for (int i = 0; i < 6; i++) {
      source.with(index);
      index =
          SampleImage.index(
              SampleImage.descriptor(MediaTypes.OCI_INDEX, index.content().toArray()));
      MapSource next = new MapSource("deep", index);
      copy(source, next);
      source = next;
    }
    MapSource deep = source;

    assertThatThrownBy(() -> pull(deep))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("too deep");
  }

  private static void copy(MapSource from, MapSource to) {
    from.manifests().forEach(to::with);
  }
}

package io.vic4j.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PullTest extends PullFixture {
  @Test
  void pull_makesADiskOfEachLayerAndNamesTheImage() {
    SampleImage sample = SampleImage.of("one", "two");

    PullResult result = pull(sample.source());

    assertThat(result.image().id()).isEqualTo(sample.id());
    assertThat(result.layersBuilt()).isEqualTo(2);
    assertThat(images.find(APP)).contains(result.image());
    assertThat(images.layerDisks(result.image()))
        .extracting(LayerDisk::diffId)
        .containsExactlyElementsOf(sample.diffIds);
  }

  @Test
  void pullOfAnImageWithImpliedDirectories_putsASeamOnTop() {
    SampleImage sample = SampleImage.withImpliedDirectory("one", "two");

    PullResult result = pull(sample.source());

    assertThat(result.layers())
        .extracting(layer -> layer.layer().diffId())
        .isEqualTo(sample.diffIds);
    List<Digest> expected = new ArrayList<>(sample.diffIds);
    expected.add(LayerDisks.seamId(sample.diffIds));
    assertThat(images.layerDisks(result.image()))
        .extracting(LayerDisk::diffId)
        .containsExactlyElementsOf(expected);
  }

  @Test
  void secondPullOfAnImageWithASeam_transfersNothing() {
    SampleImage sample = SampleImage.withImpliedDirectory("one");
    pull(sample.source());
    MapSource again = sample.source();

    pull(again);

    assertThat(again.blobsRead).hasValue(0);
    assertThat(again.manifestsRead).hasValue(1);
  }

  @Test
  void pullOfAnImageWhoseSeamIsGone_makesItOfTheDisksAlone() {
    SampleImage sample = SampleImage.withImpliedDirectory("one");
    Image image = pull(sample.source()).image();
    disks.remove(LayerDisks.seamId(sample.diffIds));
    assertThat(images.find(APP)).isEmpty();
    assertThatThrownBy(() -> images.layerDisks(image)).isInstanceOf(NotFoundException.class);
    MapSource again = sample.source();

    pull(again);

    assertThat(again.blobsRead).hasValue(0);
    assertThat(images.find(APP)).contains(image);
    assertThat(images.layerDisks(image)).hasSize(3);
  }

  @Test
  void pull_countsTransferredBytes() {
    SampleImage sample = SampleImage.of("one", "two");

    assertThat(pull(sample.source()).transferredBytes())
        .isEqualTo(sample.layerBlob(0).sizeBytes() + sample.layerBlob(1).sizeBytes());
  }

  @Test
  void secondPull_readsTheManifestOnly() {
    SampleImage sample = SampleImage.of("one", "two");
    pull(sample.source());
    MapSource again = sample.source();

    PullResult result = pull(again);

    assertThat(again.manifestsRead).hasValue(1);
    assertThat(again.blobsRead).hasValue(0);
    assertThat(result.transferredBytes()).isZero();
    assertThat(result.layers()).allMatch(PullResult.PulledLayer::alreadyThere);
  }

  @Test
  void pullOfAnotherName_transfersNoBlob() {
    SampleImage sample = SampleImage.of("one", "two");
    pull(sample.source());
    MapSource again = sample.source();

    images.pull(
        again, PullOptions.DEFAULT.withNames(ImageReference.parse("other:2")), Progress.NONE);

    assertThat(again.blobsRead).hasValue(0);
    assertThat(images.get("other:2").id()).isEqualTo(sample.id());
  }

  @Test
  void pullOfAnImageThatSharesALayer_transfersTheOtherOnly() {
    pull(SampleImage.of("base", "one").source());
    SampleImage other = SampleImage.of("base", "two");

    PullResult result = pull(other.source());

    assertThat(result.layers())
        .extracting(PullResult.PulledLayer::alreadyThere)
        .containsExactly(true, false);
  }

  @Test
  void pullWithoutNames_keepsTheImage() {
    SampleImage sample = SampleImage.of("one");

    images.pull(sample.source(), PullOptions.DEFAULT, Progress.NONE);

    assertThat(images.list().images())
        .singleElement()
        .satisfies(listed -> assertThat(listed.names()).isEmpty());
  }

  @Test
  void layerTwiceInAnImage_isFetchedOnce() {
    SampleImage sample = SampleImage.of("same", "same");
    MapSource source = sample.source();

    PullResult result = pull(source);

    assertThat(result.layers()).hasSize(2);
    assertThat(source.blobsRead).hasValue(2); // The config and one layer.
  }

  @Test
  void missingDisk_isMadeAgain() {
    SampleImage sample = SampleImage.of("one", "two");
    pull(sample.source());
    disks.remove(sample.diffIds.get(0));
    assertThat(images.find(APP)).isEmpty();

    PullResult result = pull(sample.source());

    assertThat(result.layersBuilt()).isEqualTo(1);
    assertThat(images.find(APP)).isPresent();
  }
}

package io.vic4j.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CancelledException;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.VchName;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.storage.LayerDisks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ImageBatchTest {
  private static final ImageReference ONE = ImageReference.parse("registry.test/one:1");
  private static final ImageReference TWO = ImageReference.parse("registry.test/two:1");
  private static final ImageReference NONE = ImageReference.parse("registry.test/none:1");

  private final SampleImage one = SampleImage.of("base", "one");
  private final SampleImage two = SampleImage.of("base", "two");
  private final GatedSources sources =
      new GatedSources().with(ONE.toString(), one).with(TWO.toString(), two);

  @TempDir Path folder;
  @TempDir Path lists;
  private ImageService service;
  private Images images;

  @BeforeEach
  void open() {
    LocalDatastore datastore = LocalDatastore.at(folder);
    LayerDisks disks = LayerDisks.in(datastore);
    service = ImageService.builder(ImageStore.in(datastore, disks), disks).sources(sources).build();
    images = service.images(VchName.of("mirror"));
  }

  @AfterEach
  void close() {
    service.close();
  }

  @Test
  void parse_readsReferencesNamesAndRemarks() {
    ImageBatch batch =
        ImageBatch.parse(
            "# all we need\n\nregistry.test/one:1\nregistry.test/two:1 a:1  b:2 # x\n");

    assertThat(batch.entries())
        .containsExactly(
            new ImageBatch.Entry(ONE, List.of()),
            new ImageBatch.Entry(
                TWO, List.of(ImageReference.parse("a:1"), ImageReference.parse("b:2"))));
  }

  @Test
  void parse_namesTheLineThatIsNotValid() {
    assertThatThrownBy(() -> ImageBatch.parse("one:1\n:bad:\n"))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("line 2");
  }

  @Test
  void parse_refusesOneNameForTwoImages() {
    assertThatThrownBy(() -> ImageBatch.parse("one:1 x:1\ntwo:1 x:1\n"))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("x:1");
  }

  @Test
  void read_ofAMissingFile_isNotFound() {
    assertThatThrownBy(() -> ImageBatch.read(lists.resolve("missing")))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void sync_bringsAllThatCanBeHad_andTellsWhatCannot() {
    ImageBatch batch = ImageBatch.parse(ONE + "\n" + NONE + "\n" + TWO + " two:mine\n");

    BatchReport report = images.sync(batch, BatchOptions.DEFAULT);

    assertThat(report.isInStep()).isFalse();
    assertThat(report.changed()).extracting(ImageBatch.Entry::reference).containsExactly(ONE, TWO);
    assertThat(report.failed())
        .singleElement()
        .satisfies(
            failed -> {
              assertThat(failed.entry().reference()).isEqualTo(NONE);
              assertThat(failed.reason()).isInstanceOf(NotFoundException.class);
            });
    assertThat(images.get("two:mine").id()).isEqualTo(two.id());
    assertThat(sources.begun).doesNotHaveDuplicates();
  }

  @Test
  void secondSync_changesNothing_andAChangedSourceIsFollowed() {
    ImageBatch batch = ImageBatch.parse(ONE + "\n" + TWO + "\n");
    images.sync(batch, BatchOptions.DEFAULT);
    assertThat(images.sync(batch, BatchOptions.DEFAULT).changed()).isEmpty();
    SampleImage newer = SampleImage.of("base", "newer");
    sources.with(ONE.toString(), newer);

    BatchReport report = images.sync(batch, BatchOptions.DEFAULT);

    assertThat(report.changed()).extracting(ImageBatch.Entry::reference).containsExactly(ONE);
    assertThat(images.find(ONE).orElseThrow().id()).isEqualTo(newer.id());
  }

  @Test
  void prune_takesAwayNamesThatAreNotInTheBatch() {
    images.sync(ImageBatch.parse(ONE + "\n" + TWO + "\n"), BatchOptions.DEFAULT);

    BatchReport report =
        images.sync(ImageBatch.parse(ONE + "\n"), BatchOptions.DEFAULT.withPrune(true));

    assertThat(report.removed()).containsExactly(TWO);
    assertThat(images.find(ONE)).isPresent();
    assertThat(images.find(TWO)).isEmpty();
  }

  @Test
  void keepInStep_followsTheFile_untilItIsInterrupted() throws IOException {
    Path file = lists.resolve("images");
    List<String> heard = new ArrayList<>();
    BatchListener listener =
        new BatchListener() {
          @Override
          public void looked(BatchReport report) {
            heard.add("came " + report.changed().size());
            write(file, heard.size() == 2 ? ":bad:" : ONE + "\n" + TWO + "\n");
          }

          @Override
          public void unreadable(VicException reason) {
            heard.add("unreadable");
            Thread.currentThread().interrupt();
          }
        };
    write(file, ONE + "\n");

    assertThatThrownBy(
            () -> images.keepInStep(file, BatchOptions.DEFAULT, Duration.ofMillis(1), listener))
        .isInstanceOf(CancelledException.class);

    assertThat(Thread.interrupted()).isTrue();
    assertThat(heard).containsExactly("came 1", "came 1", "unreadable");
    assertThat(images.find(TWO)).isPresent();
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

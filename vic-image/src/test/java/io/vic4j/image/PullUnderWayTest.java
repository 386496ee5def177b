package io.vic4j.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CancelledException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.ProgressEvent;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VchName;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Pulls that fail, are cancelled, meet others, and tell how far they are. */
class PullUnderWayTest extends PullFixture {
  @Test
  void failedLayer_interruptsItsSibling() throws Exception {
    SampleImage sample = SampleImage.of("slow", "bad");
    CountDownLatch slowBegan = new CountDownLatch(1);
    MapSource source =
        sample
            .source()
            .withBlob(sample.layerBlob(0).digest(), () -> blocking(slowBegan))
            .withBlob(
                sample.layerBlob(1).digest(),
                () -> {
                  await(slowBegan);
                  throw new UnavailableException("the registry went away", null);
                });

    assertThatThrownBy(() -> pull(source))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("went away");
    assertNothingIsNamedOrLeftOver();
  }

  @Test
  void layersThatWereWhole_stayAfterAFailure() {
    SampleImage sample = SampleImage.of("good", "bad");
    MapSource source =
        sample
            .source()
            .withBlob(
                sample.layerBlob(1).digest(),
                () -> {
                  throw new UnavailableException("the registry went away", null);
                });
    try (ImageService oneByOne = ImageService.builder(store, disks).parallelLayers(1).build()) {
      Images sequential = oneByOne.images(VchName.of("vch"));
      assertThatThrownBy(() -> sequential.pull(source, AS_APP, Progress.NONE))
          .isInstanceOf(UnavailableException.class);

      assertThat(sequential.pull(sample.source(), AS_APP, Progress.NONE).layersBuilt())
          .isEqualTo(1);
    }
  }

  @Test
  void interruptedPull_endsAsCancelledAndKeepsTheInterruption() throws Exception {
    SampleImage sample = SampleImage.of("slow");
    CountDownLatch began = new CountDownLatch(1);
    MapSource source =
        sample.source().withBlob(sample.layerBlob(0).digest(), () -> blocking(began));
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try {
      Thread[] puller = new Thread[1];
      boolean[] stillInterrupted = new boolean[1];
      Future<?> pull =
          executor.submit(
              () -> {
                puller[0] = Thread.currentThread();
                try {
                  pull(source);
                } finally {
                  stillInterrupted[0] = Thread.interrupted();
                }
              });
      await(began);
      puller[0].interrupt();

      assertThatThrownBy(() -> pull.get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(CancelledException.class);
      assertThat(stillInterrupted[0]).isTrue();
    } finally {
      executor.shutdownNow();
    }
    assertNothingIsNamedOrLeftOver();
    assertThat(pull(sample.source()).layersBuilt()).isEqualTo(1);
  }

  @Test
  void closingTheService_cancelsItsPulls() throws Exception {
    SampleImage sample = SampleImage.of("slow");
    CountDownLatch began = new CountDownLatch(1);
    MapSource source =
        sample.source().withBlob(sample.layerBlob(0).digest(), () -> blocking(began));
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try {
      Future<?> pull = executor.submit(() -> pull(source));
      await(began);
      service.close();

      assertThatThrownBy(() -> pull.get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(CancelledException.class);
    } finally {
      executor.shutdownNow();
    }
    assertNothingIsNamedOrLeftOver();
  }

  @Test
  void pullAfterClose_isAMisuse() {
    service.close();

    assertThatThrownBy(() -> pull(SampleImage.of("one").source()))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void concurrentPulls_fetchEachLayerOnce() throws Exception {
    SampleImage sample = SampleImage.of("one", "two", "three");
    MapSource source = sample.source();
    ExecutorService executor = Executors.newFixedThreadPool(4);
    try {
      List<Callable<PullResult>> pulls =
          Collections.nCopies(4, () -> images.pull(source, AS_APP, Progress.NONE));
      long built = 0;
      for (Future<PullResult> result : executor.invokeAll(pulls)) {
        built += result.get().layersBuilt();
      }
      assertThat(built).isEqualTo(3);
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void pullOnACallersExecutor_runsThere() {
    SampleImage sample = SampleImage.of("one", "two");
    try (ImageService direct = ImageService.builder(store, disks).executor(Runnable::run).build()) {
      assertThat(
              direct
                  .images(VchName.of("vch"))
                  .pull(sample.source(), AS_APP, Progress.NONE)
                  .layersBuilt())
          .isEqualTo(2);
    }
  }

  @Test
  void progress_hasATaskForTheImageAndOneBelowItForEachLayer() {
    List<ProgressEvent> events = Collections.synchronizedList(new ArrayList<>());
    SampleImage sample = SampleImage.of("one", "two");

    images.pull(sample.source(), AS_APP, Progress.to(events::add));

    List<ProgressEvent> last = events.stream().filter(ProgressEvent::isLast).toList();
    ProgressEvent image = last.get(last.size() - 1);
    assertThat(image.name()).isEqualTo("image sample");
    assertThat(last)
        .allMatch(event -> event.state() == ProgressEvent.State.COMPLETED)
        .filteredOn(event -> event.parentId().isPresent())
        .allMatch(event -> event.parentId().getAsLong() == image.taskId())
        .extracting(ProgressEvent::name)
        .containsExactlyInAnyOrderElementsOf(
            sample.diffIds.stream().map(id -> "layer " + id.shortHex()).toList());
  }

  @Test
  void progress_showsLayersThatWereThere() {
    SampleImage sample = SampleImage.of("one");
    pull(sample.source());
    List<ProgressEvent> events = Collections.synchronizedList(new ArrayList<>());

    images.pull(sample.source(), AS_APP, Progress.to(events::add));

    assertThat(events)
        .extracting(ProgressEvent::name)
        .contains("layer " + sample.diffIds.get(0).shortHex() + " (already there)");
  }

  @Test
  void failedPull_isNeverComplete() {
    List<ProgressEvent> events = Collections.synchronizedList(new ArrayList<>());
    SampleImage sample = SampleImage.of("one");
    MapSource source = sample.source().without(sample.layerBlob(0).digest());

    assertThatThrownBy(() -> images.pull(source, AS_APP, Progress.to(events::add)))
        .isInstanceOf(NotFoundException.class);

    assertThat(events)
        .filteredOn(ProgressEvent::isLast)
        .allMatch(event -> event.state() == ProgressEvent.State.FAILED);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "test");
    }
  }

  /** A stream that says when it is first read, and then gives nothing until interrupted. */
  private static InputStream blocking(CountDownLatch began) {
    return new ByteArrayInputStream(new byte[0]) {
      @Override
      public synchronized int read(byte[] buffer, int offset, int length) {
        began.countDown();
        try {
          new CountDownLatch(1).await();
          return -1;
        } catch (InterruptedException e) {
          throw CancelledException.from(e, "blocked read");
        }
      }
    };
  }
}

package io.vic4j.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CancelledException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.Progress;
import io.vic4j.core.ProgressEvent;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.storage.tar.RawTar;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerDisksTest {
  @TempDir Path folder;
  private final ExecutorService executor = Executors.newCachedThreadPool();

  @AfterEach
  void stopThreads() throws InterruptedException {
    executor.shutdownNow();
    assertThat(executor.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
  }

  private static byte[] tar(int seed) {
    Random random = new Random(seed);
    RawTar tar = new RawTar();
    for (int i = 0; i < 50; i++) {
      byte[] content = new byte[random.nextInt(20_000)];
      random.nextBytes(content);
      tar.entry('0', "d" + i % 7 + "/f" + i, content);
    }
    return tar.end();
  }

  /** The datastore to test on; it keeps its files in that folder. */
  Datastore over(Datastore folder) {
    return folder;
  }

  private LayerStore store() {
    return store("store");
  }

  private LayerStore store(String name) {
    return LayerStore.at(folder.resolve(name), this::over);
  }

  @Test
  void builtDisk_isFoundWithoutItsSource() {
    LayerStore store = store();
    LayerDisk built = store.build(tar(1));
    assertThat(store.disks.find(built.diffId())).contains(built);
    LayerDisk again =
        store.disks.build(
            built.diffId(),
            () -> {
              throw new AssertionError("opened");
            },
            Progress.NONE);
    assertThat(again).isEqualTo(built);
    assertThat(store().disks.list()).containsExactly(built);
    store.assertHoldsOnly(built);
  }

  @Test
  void diskThatIsNotThere_isNotFound() {
    LayerStore store = store();
    assertThat(store.disks.find(Digest.sha256("x"))).isEmpty();
    assertThat(store.disks.list()).isEmpty();
    store.disks.remove(Digest.sha256("x"));
  }

  @Test
  void removedDisk_isGone() {
    LayerStore store = store();
    LayerDisk disk = store.build(tar(1));
    store.disks.remove(disk.diffId());
    assertThat(store.disks.find(disk.diffId())).isEmpty();
    store.assertHoldsOnly();
  }

  @Test
  void diskSaysWhatItHolds() {
    byte[] tar = tar(1);
    LayerDisk disk = store().build(tar);
    assertThat(disk.layers()).containsExactly(Digest.sha256(tar));
    assertThat(disk.tarBytes()).isEqualTo(tar.length);
    assertThat(disk.entries()).isEqualTo(50);
    assertThat(store().file(disk.extentPath())).hasSize(disk.capacityBytes());
    assertThat(
            ForeignTool.named("blkid")
                .check("-p", "-o", "value", "-s", "UUID", store().file(disk.extentPath()))
                .text()
                .strip())
        .isEqualTo(disk.fileSystemUuid().toString());
  }

  @Test
  void oneTarInAnyForm_makesTheSameBytes() throws Exception {
    byte[] tar = tar(2);
    Path plain = Files.write(folder.resolve("t"), tar);
    ForeignTool.named("gzip").check("-k", "-1", plain);
    ForeignTool.named("zstd").check("-q", plain);
    Digest diffId = Digest.sha256(tar);
    List<Callable<Path>> builds = new ArrayList<>();
    int store = 0;
    for (String form : List.of("t", "t.gz", "t.zst")) {
      byte[] source = Files.readAllBytes(folder.resolve(form));
      for (int chunk : new int[] {1, 511, 4096, Integer.MAX_VALUE}) {
        LayerStore own = store("store" + store++);
        builds.add(
            () -> {
              LayerDisk disk =
                  own.disks.build(diffId, () -> new Chunks(source, chunk), Progress.NONE);
              return own.file(disk.path()).getParent();
            });
      }
    }
    Path first = null;
    for (Future<Path> built : executor.invokeAll(builds)) {
      Path disk = built.get();
      first = first == null ? disk : first;
      for (String file : List.of("layer.vmdk", "layer-flat.vmdk", "layer.json")) {
        assertThat(disk.resolve(file)).hasSameBinaryContentAs(first.resolve(file));
      }
    }
  }

  /** Gives few bytes at a time, and never says that there are more. */
  private static final class Chunks extends ByteArrayInputStream {
    private final int chunk;

    Chunks(byte[] content, int chunk) {
      super(content);
      this.chunk = chunk;
    }

    @Override
    public synchronized int read(byte[] buffer, int offset, int length) {
      return super.read(buffer, offset, Math.min(length, chunk));
    }

    @Override
    public synchronized int available() {
      return 0;
    }
  }

  @Test
  void callsForOneLayerAtOnce_buildItOnce() throws Exception {
    byte[] tar = tar(3);
    LayerStore store = store();
    AtomicInteger opened = new AtomicInteger();
    List<Callable<LayerDisk>> calls =
        Collections.nCopies(
            8,
            () ->
                store.disks.build(
                    Digest.sha256(tar),
                    () -> {
                      opened.incrementAndGet();
                      return new ByteArrayInputStream(tar);
                    },
                    Progress.NONE));
    for (Future<LayerDisk> disk : executor.invokeAll(calls)) {
      store.assertHoldsOnly(disk.get());
    }
    assertThat(opened).hasValue(1);
  }

  @Test
  void storesOfOneFolderThatRace_allHaveTheDisk() throws Exception {
    byte[] tar = tar(4);
    List<Callable<LayerDisk>> calls = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      LayerStore own = store();
      calls.add(
          () ->
              own.disks.build(
                  Digest.sha256(tar), () -> new ByteArrayInputStream(tar), Progress.NONE));
    }
    for (Future<LayerDisk> disk : executor.invokeAll(calls)) {
      store().assertHoldsOnly(disk.get());
    }
  }

  /** A source that waits until it is told to go on. */
  private static final class Held extends InputStream {
    final CountDownLatch begun = new CountDownLatch(1);
    final CountDownLatch released = new CountDownLatch(1);

    @Override
    public int read() throws IOException {
      begun.countDown();
      try {
        released.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      throw new IOException("broken");
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      return read();
    }
  }

  @Test
  void buildThatFails_isTakenOverByOneThatWaits() throws Exception {
    byte[] tar = tar(5);
    LayerStore store = store();
    Held held = new Held();
    Future<LayerDisk> first =
        executor.submit(() -> store.disks.build(Digest.sha256(tar), () -> held, Progress.NONE));
    held.begun.await();
    Future<LayerDisk> second =
        executor.submit(
            () ->
                store.disks.build(
                    Digest.sha256(tar), () -> new ByteArrayInputStream(tar), Progress.NONE));
    held.released.countDown();
    assertThatThrownBy(first::get).hasCauseInstanceOf(UnavailableException.class);
    store.assertHoldsOnly(second.get());
  }

  @Test
  void interruptedBuild_leavesNothing() throws Exception {
    LayerStore store = store();
    Held held = new Held();
    AtomicInteger cancelled = new AtomicInteger();
    Thread builder =
        new Thread(
            () -> {
              try {
                store.disks.build(Digest.sha256("any"), () -> held, Progress.NONE);
              } catch (CancelledException e) {
                cancelled.set(Thread.currentThread().isInterrupted() ? 1 : 2);
              }
            });
    builder.start();
    held.begun.await();
    builder.interrupt();
    builder.join();
    assertThat(cancelled).hasValue(1);
    store.assertHoldsOnly();
  }

  @Test
  void interruptedWaiter_stopsWaitingAndTheBuildGoesOn() throws Exception {
    LayerStore store = store();
    Held held = new Held();
    Future<LayerDisk> first =
        executor.submit(() -> store.disks.build(Digest.sha256("any"), () -> held, Progress.NONE));
    held.begun.await();
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> store.disks.build(Digest.sha256("any"), new Held(), Progress.NONE))
        .isInstanceOf(CancelledException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(first).isNotDone();
    held.released.countDown();
    assertThatThrownBy(first::get).hasCauseInstanceOf(UnavailableException.class);
  }

  @Test
  void damagedDescription_isCorruptAndLeftOutOfTheList() throws IOException {
    LayerStore store = store();
    LayerDisk good = store.build(tar(6));
    LayerDisk bad = store.build(tar(7));
    Path json = store.file(bad.path()).resolveSibling("layer.json");
    for (String content : List.of("{", "", "null", "{\"version\":1}", "[]")) {
      Files.write(json, content.getBytes(UTF_8));
      assertThatThrownBy(() -> store.disks.find(bad.diffId()))
          .as(content)
          .isInstanceOf(CorruptException.class)
          .hasMessageContaining("layer.json");
    }
    assertThat(store.disks.list()).containsExactly(good);
    store.disks.remove(bad.diffId());
    assertThat(store.build(tar(7))).isEqualTo(bad);
  }

  @Test
  void progress_countsTheBytesOfTheSource() {
    byte[] tar = tar(8);
    List<ProgressEvent> events = Collections.synchronizedList(new ArrayList<>());
    store()
        .disks
        .build(Digest.sha256(tar), () -> new ByteArrayInputStream(tar), Progress.to(events::add));
    ProgressEvent last = events.get(events.size() - 1);
    assertThat(last.state()).isEqualTo(ProgressEvent.State.COMPLETED);
    assertThat(last.doneBytes()).isEqualTo(tar.length);
  }

  @Test
  void callersStream_staysOpen() {
    byte[] tar = tar(9);
    ByteArrayInputStream in =
        new ByteArrayInputStream(tar) {
          @Override
          public void close() {
            throw new AssertionError("closed");
          }
        };
    store().disks.build(Digest.sha256(tar), in, Progress.NONE);
  }
}

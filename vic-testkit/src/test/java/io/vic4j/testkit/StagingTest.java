package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.IdSource;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.Staging;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class StagingTest {
  private static final DatastorePath TMP = DatastorePath.parse("tmp");
  private static final DatastorePath PLACE = DatastorePath.parse("a/place");
  private static final Duration STALE = Duration.ofHours(1);

  private final VirtualClock clock = VirtualClock.manual();
  private final Datastore memory = MemoryDatastore.create(clock);
  private final FaultPlan faults = FaultPlan.by(clock);
  private final Datastore datastore = FaultyDatastore.over(memory, faults);
  private final AtomicLong ids = new AtomicLong();
  private final IdSource counted = () -> String.format("%032x", ids.incrementAndGet()) + "rest";
  private final Staging staging = Staging.in(datastore, counted);

  @AfterEach
  void clearInterrupt() {
    boolean unused = Thread.interrupted();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private String content(DatastorePath file) throws IOException {
    try (InputStream in = datastore.read(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Work as a crash leaves it: never closed. */
  private DatastorePath crashed(String file) {
    Staging.Work work = staging.begin();
    work.writeFile(work.folder().resolve(file), bytes("half"));
    return work.folder();
  }

  @Test
  void publishedFile_isInItsPlaceAndNowhereElse() throws IOException {
    assertThat(staging.publishFile(PLACE, bytes("one"))).isTrue();
    assertThat(content(PLACE)).isEqualTo("one");
    assertThat(datastore.list(TMP)).isEmpty();
  }

  @Test
  void secondPublication_losesAndLeavesNothing() throws IOException {
    staging.publishFile(PLACE, bytes("one"));
    assertThat(staging.publishFile(PLACE, bytes("two"))).isFalse();
    assertThat(content(PLACE)).isEqualTo("one");
    assertThat(datastore.list(TMP)).isEmpty();
  }

  @Test
  void publishedFolder_appearsWithAllThatIsInIt() throws IOException {
    try (Staging.Work work = staging.begin()) {
      work.writeFile(work.folder().resolve("x"), bytes("1"));
      work.writeFile(work.folder().resolve("y/z"), bytes("2"));
      assertThat(datastore.stat(PLACE)).isEmpty();
      assertThat(work.publish(work.folder(), PLACE)).isTrue();
    }
    assertThat(content(PLACE.resolve("x")) + content(PLACE.resolve("y/z"))).isEqualTo("12");
    assertThat(datastore.list(TMP)).isEmpty();
  }

  @Test
  void workThatIsClosedUnpublished_isGone() {
    try (Staging.Work work = staging.begin()) {
      work.writeFile(work.folder().resolve("x"), bytes("1"));
      assertThat(datastore.list(TMP)).hasSize(1);
    }
    assertThat(datastore.list(TMP)).isEmpty();
  }

  @Test
  void piecesOfWork_doNotMeet() {
    try (Staging.Work one = staging.begin();
        Staging.Work two = staging.begin()) {
      assertThat(one.folder()).isNotEqualTo(two.folder());
    }
  }

  @Test
  void workClosedByAnInterruptedThread_isGone_andTheThreadStaysInterrupted() {
    Staging.Work work = staging.begin();
    try (work) {
      work.writeFile(work.folder().resolve("x"), bytes("1"));
      Thread.currentThread().interrupt();
    }
    assertThat(Thread.interrupted()).isTrue();
    assertThat(datastore.list(TMP)).isEmpty();
  }

  @Test
  void workThatCannotBeRemoved_isLeftToTheSweep() {
    try (Staging.Work work = staging.begin()) {
      work.writeFile(work.folder().resolve("x"), bytes("1"));
      faults
          .on(FaultPlan.Operation.DELETE)
          .call(1)
          .fails(() -> new UnavailableException("cable pulled", null));
    }
    assertThat(memory.list(TMP)).hasSize(1);
    clock.advance(STALE);
    staging.sweep(clock.instant(), STALE);
    assertThat(memory.list(TMP)).isEmpty();
  }

  @Test
  void sweep_takesWhatIsAsOldAsTheLimitAndSaysSo() {
    DatastorePath old = crashed("x");
    clock.advance(STALE);
    assertThat(staging.sweep(clock.instant(), STALE)).containsExactly(old);
    assertThat(datastore.list(TMP)).isEmpty();
  }

  @Test
  void sweep_leavesWhatIsYounger() {
    crashed("x");
    clock.advance(STALE.minusMillis(1));
    assertThat(staging.sweep(clock.instant(), STALE)).isEmpty();
    assertThat(datastore.list(TMP)).hasSize(1);
  }

  @Test
  void sweep_leavesOldWorkInWhichSomethingDeepIsYoung() {
    DatastorePath work = crashed("x");
    clock.advance(STALE);
    try (Staging.Work other = staging.begin()) {
      other.writeFile(work.resolve("deep/er/y"), bytes("new"));
    }
    clock.advance(Duration.ofMinutes(1));
    assertThat(staging.sweep(clock.instant(), STALE)).isEmpty();
    clock.advance(STALE);
    assertThat(staging.sweep(clock.instant(), STALE)).containsExactly(work);
  }

  @Test
  void sweepOfAStoreInWhichNothingWasStaged_findsNothing() {
    assertThat(staging.sweep(clock.instant(), Duration.ZERO)).isEqualTo(List.of());
  }

  @Test
  void sweep_takesWhatCrashedImportsLeftToo() {
    Datastore importing = ImportingDatastore.over(memory);
    DatastorePath left = DatastorePath.parse("imports/crashed");
    memory.createFolder(left);
    clock.advance(STALE);
    assertThat(Staging.in(importing, counted).sweep(clock.instant(), STALE)).isEmpty();
    assertThat(memory.stat(left)).isEmpty();
  }
}

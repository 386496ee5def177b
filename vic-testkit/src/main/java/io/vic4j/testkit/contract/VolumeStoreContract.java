package io.vic4j.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.CancelledException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.storage.ext4.Ext4Reader;
import io.vic4j.storage.vmdk.VmdkReader;
import io.vic4j.storage.volume.Volume;
import io.vic4j.storage.volume.VolumeFilter;
import io.vic4j.storage.volume.VolumeSpec;
import io.vic4j.storage.volume.VolumeStore;
import io.vic4j.storage.volume.VolumeUser;
import io.vic4j.storage.volume.VolumeUsers;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What volumes must do on every datastore. Extend it, and say how to make one. */
public abstract class VolumeStoreContract extends DatastoreFixture {
  private static final long SIZE = 16L << 20;
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final VolumeUsers NOBODY = volume -> List.of();
  private static final VolumeUser SOMEBODY = new VolumeUser("default", "12", "app", false);

  /** For subclasses. */
  protected VolumeStoreContract() {}

  private VolumeStore store() {
    return VolumeStore.builder(datastore)
        .defaultSizeBytes(SIZE)
        .clock(InstantSource.fixed(NOW))
        .build();
  }

  private Volume create(String name) {
    return store().create(VolumeSpec.builder(name).build());
  }

  /** Whatever a test did: no volume is half there, and nothing lies about. */
  @AfterEach
  final void everyVolumeIsWhole_andNothingLiesAbout() {
    boolean unused = Thread.interrupted();
    if (isThere("damaged")) {
      return;
    }
    assertThat(datastore.list(path("tmp"))).isEmpty();
    assertThat(datastore.list(path("volumes-removed"))).isEmpty();
    for (DatastoreEntry entry : datastore.list(path("volumes"))) {
      Volume volume = store().get(entry.path().name());
      try (DatastoreReader disk = VmdkReader.open(datastore, volume.path())) {
        Ext4Reader fs = Ext4Reader.open(disk);
        assertThat(fs.uuid()).isEqualTo(volume.fileSystemUuid());
        assertThat(fs.sizeBytes()).isEqualTo(volume.capacityBytes());
        assertThat(disk.sizeBytes()).isEqualTo(volume.capacityBytes());
      }
    }
  }

  @Test
  final void newVolume_isFoundByAnyStore_asItWasMade() {
    Volume made =
        store()
            .create(
                VolumeSpec.builder("data").sizeBytes((20L << 20) + 1).label("tier", "db").build());
    assertThat(made.path()).isEqualTo(path("volumes/data/volume.vmdk"));
    assertThat(made.capacityBytes()).isEqualTo((20L << 20) + 4096);
    assertThat(made.created()).isEqualTo(NOW);
    assertThat(made.labels()).isEqualTo(Map.of("tier", "db"));
    assertThat(made.anonymous()).isFalse();
    assertThat(store().get("data")).isEqualTo(made);
    assertThat(store().find("other")).isEmpty();
  }

  @Test
  final void eachVolume_hasAFileSystemOfItsOwn() {
    assertThat(IntStream.range(0, 4).mapToObj(i -> create("v" + i).fileSystemUuid()))
        .doesNotHaveDuplicates();
  }

  @Test
  final void sameName_isMadeOnce() {
    Volume first = create("data");
    assertThatThrownBy(() -> create("data")).isInstanceOf(AlreadyExistsException.class);
    assertThat(store().get("data")).isEqualTo(first);
  }

  @Test
  final void severalWhoMakeOneName_getItOnce() throws Exception {
    AtomicInteger made = new AtomicInteger();
    race(
        number -> {
          try {
            create("data");
            made.incrementAndGet();
          } catch (AlreadyExistsException e) {
            assertThat(e.name()).isEqualTo("data");
          }
        });
    assertThat(made).hasValue(1);
  }

  @Test
  final void namesThatAreNone_areRefused() {
    for (String name : List.of("", ".", "..", "a/b", "-a", "a b", "ä", "x".repeat(81))) {
      assertThatThrownBy(() -> create(name)).isInstanceOf(InvalidArgumentException.class);
      assertThatThrownBy(() -> store().find(name)).isInstanceOf(InvalidArgumentException.class);
    }
    assertThat(datastore.list(path("volumes"))).isEmpty();
  }

  @Test
  final void sizesThatCannotBe_areRefused() {
    for (long size : List.of(0L, -1L, (16L << 20) - 1, (8L << 40) + 1)) {
      assertThatThrownBy(() -> store().create(VolumeSpec.builder("data").sizeBytes(size).build()))
          .isInstanceOf(InvalidArgumentException.class);
    }
  }

  @Test
  final void volumes_areListedByName_andByLabel() {
    store().create(VolumeSpec.builder("b").label("tier", "db").build());
    store().create(VolumeSpec.builder("a").label("tier", "web").label("old", "").build());
    create("c");
    assertThat(names(VolumeFilter.ALL)).containsExactly("a", "b", "c");
    assertThat(names(VolumeFilter.ALL.withLabel("tier"))).containsExactly("a", "b");
    assertThat(names(VolumeFilter.ALL.withLabel("tier", "db"))).containsExactly("b");
    assertThat(names(VolumeFilter.ALL.withLabel("tier").withLabel("old"))).containsExactly("a");
  }

  private List<String> names(VolumeFilter filter) {
    return store().list(filter).stream().map(Volume::name).toList();
  }

  @Test
  final void removedVolume_isGone_andItsNameIsFree() {
    Volume first = create("data");
    store().remove("data", NOBODY);
    assertThat(store().find("data")).isEmpty();
    assertThatThrownBy(() -> store().remove("data", NOBODY)).isInstanceOf(NotFoundException.class);
    assertThat(create("data").fileSystemUuid()).isNotEqualTo(first.fileSystemUuid());
  }

  @Test
  final void usedVolume_isNotRemoved_andTheMessageSaysByWhom() {
    Volume volume = create("data");
    assertThatThrownBy(() -> store().remove("data", asked -> List.of(SOMEBODY)))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("'app' of host default");
    assertThat(store().get("data")).isEqualTo(volume);
  }

  @Test
  final void volumeThatIsTakenIntoUseDuringItsRemoval_stays() {
    Volume volume = create("data");
    AtomicInteger asked = new AtomicInteger();
    assertThatThrownBy(
            () ->
                store()
                    .remove(
                        "data", it -> asked.incrementAndGet() == 1 ? List.of() : List.of(SOMEBODY)))
        .isInstanceOf(ConflictException.class);
    assertThat(asked).hasValue(2);
    assertThat(store().get("data")).isEqualTo(volume);
  }

  @Test
  final void whileItIsAskedForTheLastTime_aVolumeBeingRemovedCannotBeAttached() {
    create("data");
    AtomicInteger asked = new AtomicInteger();
    store()
        .remove(
            "data",
            it -> {
              assertThat(datastore.stat(it.path()).isPresent())
                  .isEqualTo(asked.incrementAndGet() == 1);
              return List.of();
            });
    assertThat(asked).hasValue(2);
  }

  @Test
  final void whereNobodyCanSayWhoUsesIt_aVolumeStays() {
    Volume volume = create("data");
    AtomicInteger asked = new AtomicInteger();
    VolumeUsers failing =
        it -> {
          if (asked.incrementAndGet() == 1) {
            return List.of();
          }
          Thread.currentThread().interrupt();
          throw new UnavailableException("the hypervisor is away", null);
        };
    assertThatThrownBy(() -> store().remove("data", failing))
        .isInstanceOf(UnavailableException.class)
        .hasNoSuppressedExceptions();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(store().get("data")).isEqualTo(volume);
  }

  @Test
  final void removalThatACrashBrokeOff_isEnded_unlessTheVolumeIsInUse() {
    create("free");
    Volume used = create("used");
    datastore.move(path("volumes/free"), path("volumes-removed/1"));
    datastore.move(path("volumes/used"), path("volumes-removed/2"));
    store().finishRemovals(it -> it.equals(used) ? List.of(SOMEBODY) : List.of());
    assertThat(store().list(VolumeFilter.ALL)).containsExactly(used);
  }

  @Test
  final void interruptedCreation_leavesNothing() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> create("data")).isInstanceOf(CancelledException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(store().find("data")).isEmpty();
  }

  @Test
  final void anonymousVolumes_areNamedByTheStore_andPrunedWhenNobodyUsesThem() {
    Volume named = create("named");
    Volume used = store().create(VolumeSpec.anonymous().build());
    Volume free = store().create(VolumeSpec.anonymous().build());
    assertThat(List.of(used.name(), free.name())).doesNotHaveDuplicates();
    assertThat(used.anonymous()).isTrue();
    VolumeUsers users = it -> it.equals(used) ? List.of(SOMEBODY) : List.of();
    assertThat(store().prune(users, Duration.ofSeconds(1))).isEmpty();
    assertThat(store().prune(users, Duration.ZERO)).containsExactly(free);
    assertThat(store().list(VolumeFilter.ALL)).containsExactlyInAnyOrder(named, used);
  }

  @Test
  final void damagedVolume_isToldOf_andHidesNoOther() {
    Volume sound = create("sound");
    write("volumes/torn/volume.json", "{");
    write("volumes/alien/volume.json", read("volumes/sound/volume.json"));
    write("volumes/empty/file", "");
    write("damaged", "");
    assertThatThrownBy(() -> store().get("torn"))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("volumes/torn/volume.json");
    assertThatThrownBy(() -> store().get("alien"))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("'sound'");
    assertThatThrownBy(() -> create("empty")).isInstanceOf(CorruptException.class);
    assertThat(store().list(VolumeFilter.ALL)).containsExactly(sound);
  }

  @Test
  final void storesInOtherFolders_seeNothingOfEachOther() {
    VolumeStore other =
        VolumeStore.builder(datastore)
            .folder(DatastorePath.parse("fast/volumes"))
            .defaultSizeBytes(SIZE)
            .build();
    Volume volume = other.create(VolumeSpec.builder("data").build());
    assertThat(volume.path()).isEqualTo(path("fast/volumes/data/volume.vmdk"));
    assertThat(store().find("data")).isEmpty();
    other.remove("data", NOBODY);
    assertThat(datastore.list(path("fast/volumes"))).isEmpty();
  }
}

package io.vic4j.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.ImageReference;
import io.vic4j.image.CollectedImages;
import io.vic4j.image.Image;
import io.vic4j.image.ImageLease;
import io.vic4j.image.ImageScope;
import io.vic4j.image.ListedImage;
import io.vic4j.image.RoomReport;
import io.vic4j.image.ScopedImage;
import io.vic4j.storage.LayerDisk;
import io.vic4j.testkit.TestImage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is protected, what is removed, and for how much there is room. */
abstract class ImageCollectionContract extends ImageNotesContract {
  ImageCollectionContract() {}

  @Test
  void collect_removesWhatNoScopeUses() {
    Image used = add("used");
    Image unused = add("unused");
    scope.tag(ONE, used);

    assertThat(store.collect(Set::of).images()).containsExactly(unused.id());

    assertThat(otherStore.find(unused.id())).isEmpty();
    assertThat(otherStore.find(used.id())).isPresent();
  }

  @Test
  void collect_leavesWhatAnyScopeUses() {
    Image image = add("x");
    scope.tag(ONE, image);
    otherStore.scope(TEAM_B).keep(image.id());
    scope.untag(ONE);

    assertThat(store.collect(Set::of).images()).isEmpty();

    store.scope(TEAM_B).remove(image.id());
    assertThat(store.collect(Set::of).images()).containsExactly(image.id());
  }

  @Test
  void collect_leavesWhatIsInUse() {
    Image image = add("x");

    assertThat(store.collect(() -> Set.of(image.id())).images()).isEmpty();
    assertThat(store.find(image.id())).isPresent();
  }

  @Test
  void collect_leavesWhatIsLeased() {
    Image image = add("x");
    try (ImageLease lease = otherStore.lease(image.id(), image.diffIds())) {
      lease.renew();
      lease.renew();
      assertThat(store.collect(Set::of).images()).isEmpty();
    }
    assertThat(store.collect(Set::of).images()).containsExactly(image.id());
  }

  @Test
  void collectedImage_canBeAddedAgain() {
    Image image = add("x");
    store.collect(Set::of);

    assertThat(add("x")).isEqualTo(image);
    assertThat(store.find(image.id())).isPresent();
  }

  @Test
  void racingCollectAndTag_neverLoseANamedImage() throws Exception {
    for (int round = 0; round < 5; round++) {
      TestImage test = image("round " + round);
      ImageReference name = ONE.withTag("r" + round);
      inParallel(
          List.of(
              () -> {
                Image parsed = Image.parse(manifest(test), config(test), "a test");
                try (ImageLease lease = otherStore.lease(parsed.id(), parsed.diffIds())) {
                  Image added = otherStore.add(manifest(test), config(test), "a test");
                  otherStore.scope(TEAM_B).tag(name, added);
                }
                return null;
              },
              () -> {
                for (int i = 0; i < 5; i++) {
                  store.collect(Set::of);
                }
                return null;
              }));
      assertThat(store.scope(TEAM_B).find(name)).isPresent();
    }
  }

  @Test
  void plan_tellsWhatACollectionRemoves_andRemovesNothing() {
    Image stays = pull(store, "stays");
    Image goes = pull(otherStore, "goes");
    scope.untag(pulled("goes"));

    CollectedImages planned = store.planCollection(Set::of);
    assertThat(planned.images()).containsExactly(goes.id());
    assertThat(planned.layers()).containsExactly(goes.diffIds().get(1));
    assertThat(otherStore.find(goes.id())).isPresent();
    assertThat(disks().list()).hasSize(3);

    assertThat(otherStore.collect(Set::of)).isEqualTo(planned);
    assertThat(disks().list()).extracting(LayerDisk::diffId).hasSameElementsAs(stays.diffIds());
  }

  private long bytes() {
    return disks().list().stream().mapToLong(LayerDisk::capacityBytes).sum();
  }

  @Test
  void room_isMadeByTheLeastRecentlyUsed_andPlannedBefore() {
    Image old = pull(store, "old");
    Image recent = pull(otherStore, "recent");
    scope.use(old.id(), Instant.EPOCH);
    scope.use(recent.id(), Instant.EPOCH.plusSeconds(9));
    long quota = bytes() - 1;

    RoomReport planned = otherStore.planRoom(quota, Set::of);
    assertThat(disks().list()).hasSize(3);
    assertThat(scope.find(pulled("old"))).isPresent();
    RoomReport report = store.makeRoom(quota, Set::of);

    assertThat(report).isEqualTo(planned);
    assertThat(report.evicted()).extracting(ScopedImage::imageId).containsExactly(old.id());
    assertThat(report.bytesAfter()).isEqualTo(bytes()).isLessThanOrEqualTo(quota);
    assertThat(otherStore.find(old.id())).isEmpty();
    assertThat(otherStore.scope(TEAM_A).find(pulled("recent"))).isPresent();
  }

  @Test
  void room_isMadeOfNothingThatIsPinnedLeasedOrInUse() {
    Image pinned = pull(store, "pinned");
    Image leased = pull(store, "leased");
    Image used = pull(store, "used");
    Image other = pull(store, "other");
    otherStore.scope(TEAM_B).keep(pinned.id());
    ImageScope pinning = otherStore.scope(TEAM_B);
    pinning.update(pinning.metadata(pinned.id()).withPinned(true));

    try (ImageLease lease = otherStore.lease(leased.id(), leased.diffIds())) {
      RoomReport report = store.makeRoom(0, () -> Set.of(used.id()));
      assertThat(report.evicted()).extracting(ScopedImage::imageId).containsExactly(other.id());
    }
    assertThat(scope.list().images())
        .extracting(ListedImage::image)
        .containsExactlyInAnyOrder(pinned, leased, used);
  }

  @Test
  void storeWithinItsQuota_isLeftAlone_andAQuotaIsNotNegative() {
    pull(store, "one");

    RoomReport report = store.makeRoom(bytes(), Set::of);

    assertThat(report.evicted()).isEmpty();
    assertThat(report.bytesAfter()).isEqualTo(report.bytesBefore()).isEqualTo(bytes());
    assertThatThrownBy(() -> store.makeRoom(-1, Set::of))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void claim_isOnes_untilItIsClosed() {
    ImageLease claim = store.claim("work").orElseThrow();
    claim.renew();

    assertThat(otherStore.claim("work")).isEmpty();
    otherStore.claim("other work").orElseThrow().close();
    claim.close();
    otherStore.claim("work").orElseThrow().close();
  }

  @Test
  void racingClaims_haveOneHolder() throws Exception {
    for (int round = 0; round < 3; round++) {
      String work = "work " + round;
      List<ImageLease> held = Collections.synchronizedList(new ArrayList<>());
      inParallel(
          Collections.nCopies(
              4,
              () -> {
                openStore().claim(work).ifPresent(held::add);
                return null;
              }));
      assertThat(held).hasSize(1);
      held.get(0).close();
    }
  }
}

package io.vic4j.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.VchName;
import io.vic4j.image.AmbiguousImageException;
import io.vic4j.image.Bytes;
import io.vic4j.image.Image;
import io.vic4j.image.ImageLease;
import io.vic4j.image.ImageScope;
import io.vic4j.image.ImageStore;
import io.vic4j.image.ListedImage;
import io.vic4j.image.NamedImage;
import io.vic4j.image.RawManifest;
import io.vic4j.testkit.TestImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link ImageStore} promises. Layer disks are no part of it: the images have none.
 *
 * <pre>{@code
 * class MyImageStoreTest extends ImageStoreContract {
 *   @Override
 *   protected ImageStore openStore() {
 *     return new MyImageStore(place);
 *   }
 * }
 * }</pre>
 */
public abstract class ImageStoreContract {
  private static final VchName TEAM_A = VchName.of("team-a");
  private static final VchName TEAM_B = VchName.of("team-b");
  private static final ImageReference ONE = ImageReference.parse("registry.test/app:1");
  private static final ImageReference TWO = ImageReference.parse("registry.test/app:2");

  private ImageStore store;
  private ImageStore otherStore;
  private ImageScope scope;

  /** For subclasses. */
  protected ImageStoreContract() {}

  /**
   * Opens a store. All that one test opens are on one place, which is empty at first: as two
   * processes would share it.
   */
  protected abstract ImageStore openStore();

  @BeforeEach
  final void openTwo() {
    store = openStore();
    otherStore = openStore();
    scope = store.scope(TEAM_A);
  }

  @AfterEach
  final void everythingReadableAndNamesLeadSomewhere() {
    for (VchName vch : store.scopes()) {
      assertThat(store.scope(vch).list().damaged()).isEmpty();
      for (ListedImage listed : store.scope(vch).list().images()) {
        assertThat(store.find(listed.image().id())).contains(listed.image());
      }
    }
  }

  private static TestImage image(String label) {
    return TestImage.builder().label("test", label).build();
  }

  private static RawManifest manifest(TestImage image) {
    return new RawManifest(
        image.manifestDescriptor().mediaType(),
        image.manifest(),
        image.manifestDescriptor().digest());
  }

  private static Bytes config(TestImage image) {
    return Objects.requireNonNull(image.blobs().get(image.configDescriptor().digest()));
  }

  private Image add(String label) {
    TestImage image = image(label);
    return store.add(manifest(image), config(image), "a test");
  }

  @Test
  void addedImage_isFound() {
    Image added = add("x");

    assertThat(store.find(added.id())).contains(added);
    assertThat(added.config().labels()).containsEntry("test", "x");
    assertThat(added.source()).isEqualTo("a test");
  }

  @Test
  void addedImage_isFoundThroughAnotherStore() {
    Image added = add("x");

    assertThat(otherStore.find(added.id())).contains(added);
  }

  @Test
  void addTwice_changesNothing() {
    Image first = add("x");
    TestImage image = image("x");

    assertThat(store.add(manifest(image), config(image), "elsewhere")).isEqualTo(first);
    assertThat(store.list().images()).hasSize(1);
  }

  @Test
  void manifestAndConfig_areKeptByteForByte() {
    TestImage image = image("x");
    Image added = add("x");

    assertThat(otherStore.manifest(added.id())).isEqualTo(manifest(image));
    assertThat(otherStore.config(added.id())).isEqualTo(config(image));
  }

  @Test
  void add_refusesAnotherConfig() {
    assertThatThrownBy(() -> store.add(manifest(image("x")), config(image("y")), "a test"))
        .isInstanceOf(CorruptException.class);
    assertThat(store.list().images()).isEmpty();
  }

  @Test
  void missingImage_isNotFound() {
    Digest missing = Digest.sha256("missing");

    assertThat(store.find(missing)).isEmpty();
    assertThatThrownBy(() -> store.manifest(missing)).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> store.config(missing)).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> scope.get(missing.toString())).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> scope.get("nothing:here")).isInstanceOf(NotFoundException.class);
  }

  @Test
  void tag_namesAnImage() {
    Image image = add("x");
    scope.tag(ONE, image);

    assertThat(scope.find(ONE)).contains(image);
    assertThat(scope.get("registry.test/app:1")).isEqualTo(image);
  }

  @Test
  void tag_isSeenThroughAnotherStore() {
    Image image = add("x");
    scope.tag(ONE, image);

    assertThat(otherStore.scope(TEAM_A).find(ONE)).contains(image);
  }

  @Test
  void tag_movesAName() {
    Image before = add("x");
    Image after = add("y");
    scope.tag(ONE, before);
    assertThat(otherStore.scope(TEAM_A).find(ONE)).contains(before);

    otherStore.scope(TEAM_A).tag(ONE, after);

    assertThat(scope.find(ONE)).contains(after);
    assertThat(scope.list().images()).hasSize(1);
  }

  @Test
  void tag_refusesAnImageThatIsNotThere() {
    Digest missing = Digest.sha256("missing");

    assertThatThrownBy(() -> scope.tag(new NamedImage(ONE, missing, missing, missing)))
        .isInstanceOf(NotFoundException.class);
    assertThat(scope.find(ONE)).isEmpty();
  }

  @Test
  void namesThatDifferInCaseOnly_areTwoNames() {
    Image lower = add("x");
    Image upper = add("y");
    scope.tag(ONE.withTag("v1"), lower);
    scope.tag(ONE.withTag("V1"), upper);

    assertThat(scope.find(ONE.withTag("v1"))).contains(lower);
    assertThat(scope.find(ONE.withTag("V1"))).contains(upper);
  }

  @Test
  void longestName_isKept() {
    Image image = add("x");
    ImageReference longest =
        ImageReference.parse("registry.test/" + "a/".repeat(120) + "b:" + "T".repeat(128))
            .withDigest(image.manifestDigest());
    scope.tag(longest, image);

    assertThat(otherStore.scope(TEAM_A).find(longest)).contains(image);
    assertThat(scope.list().images().get(0).names()).containsExactly(longest);
  }

  @Test
  void scopes_doNotSeeEachOther() {
    Image image = add("x");
    scope.tag(ONE, image);
    ImageScope other = store.scope(TEAM_B);

    assertThat(other.find(ONE)).isEmpty();
    assertThat(other.find(image.id())).isEmpty();
    assertThat(other.list().images()).isEmpty();
    assertThatThrownBy(() -> other.get(image.id().shortHex()))
        .isInstanceOf(NotFoundException.class);
    assertThat(store.scopes()).containsExactly(TEAM_A);
  }

  @Test
  void untag_takesANameFromThisScopeOnly() {
    Image image = add("x");
    scope.tag(ONE, image);
    scope.tag(TWO, image);
    store.scope(TEAM_B).tag(ONE, image);

    assertThat(scope.untag(ONE)).isTrue();

    assertThat(scope.find(ONE)).isEmpty();
    assertThat(scope.find(TWO)).isPresent();
    assertThat(otherStore.scope(TEAM_B).find(ONE)).isPresent();
  }

  @Test
  void untagTwice_saysSo() {
    scope.tag(ONE, add("x"));

    assertThat(scope.untag(ONE)).isTrue();
    assertThat(scope.untag(ONE)).isFalse();
    assertThat(otherStore.scope(TEAM_A).untag(ONE)).isFalse();
  }

  @Test
  void nameTakenAway_canBeGivenAgain() {
    Image image = add("x");
    scope.tag(ONE, image);
    scope.untag(ONE);
    scope.tag(ONE, image);

    assertThat(otherStore.scope(TEAM_A).find(ONE)).contains(image);
  }

  @Test
  void remove_takesAllNamesInThisScope() {
    Image image = add("x");
    scope.tag(ONE, image);
    scope.tag(TWO, image);
    store.scope(TEAM_B).tag(ONE, image);

    assertThat(scope.remove(image.id())).isTrue();

    assertThat(scope.list().images()).isEmpty();
    assertThat(scope.remove(image.id())).isFalse();
    assertThat(store.scope(TEAM_B).find(ONE)).isPresent();
  }

  @Test
  void keptImage_isInTheScopeWithoutAName() {
    Image image = add("x");
    scope.keep(image.id());

    assertThat(otherStore.scope(TEAM_A).list().images())
        .containsExactly(new ListedImage(image, List.of()));
    assertThat(scope.find(image.manifestDigest())).contains(image);
    assertThat(scope.remove(image.id())).isTrue();
    assertThat(scope.list().images()).isEmpty();
  }

  @Test
  void list_hasEachImageOnceWithItsNames() {
    Image x = add("x");
    Image y = add("y");
    scope.tag(TWO, x);
    scope.tag(ONE, x);
    scope.tag(ImageReference.parse("another"), y);

    assertThat(scope.list().images())
        .containsExactly(
            new ListedImage(y, List.of(ImageReference.parse("another"))),
            new ListedImage(x, List.of(ONE, TWO)));
  }

  @Test
  void digests_findAnImage() {
    Image image = add("x");
    Digest index = Digest.sha256("an index");
    scope.tag(new NamedImage(ONE, image.id(), image.manifestDigest(), index));

    assertThat(scope.get(image.id().toString())).isEqualTo(image);
    assertThat(scope.get(image.id().hex())).isEqualTo(image);
    assertThat(scope.get(image.manifestDigest().toString())).isEqualTo(image);
    assertThat(scope.get(index.toString())).isEqualTo(image);
    assertThat(scope.get("registry.test/app@" + index)).isEqualTo(image);
  }

  @Test
  void digestOfAnotherRepository_findsNothing() {
    Image image = add("x");
    scope.tag(ONE, image);

    assertThat(scope.find(ImageReference.parse("registry.test/other@" + image.manifestDigest())))
        .isEmpty();
  }

  @Test
  void startOfAnImageId_findsTheImage() {
    Image image = add("x");
    scope.tag(ONE, image);

    assertThat(scope.get(image.id().shortHex())).isEqualTo(image);
  }

  @Test
  void startOfSeveralImageIds_isRefusedWithAllOfThem() {
    Map<Character, Image> byFirstDigit = new HashMap<>();
    for (int i = 0; ; i++) {
      Image image = add("x" + i);
      scope.tag(ONE.withTag("n" + i), image);
      Image other = byFirstDigit.put(image.id().hex().charAt(0), image);
      if (other != null) {
        String digit = image.id().hex().substring(0, 1);
        assertThatThrownBy(() -> scope.get(digit))
            .isInstanceOfSatisfying(
                AmbiguousImageException.class,
                e -> assertThat(e.candidates()).containsExactlyInAnyOrder(image.id(), other.id()));
        return;
      }
    }
  }

  @Test
  void whatCanBeNoName_isInvalid() {
    assertThatThrownBy(() -> scope.get("No Name")).isInstanceOf(InvalidArgumentException.class);
    assertThatThrownBy(() -> scope.get("sha256:12")).isInstanceOf(InvalidArgumentException.class);
  }

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
  void racingTags_leaveOneOfTheImages() throws Exception {
    List<Image> images = List.of(add("a"), add("b"), add("c"), add("d"));
    inParallel(
        images.stream()
            .map(
                image ->
                    (Callable<Void>)
                        () -> {
                          ImageStore mine = openStore();
                          for (int i = 0; i < 10; i++) {
                            mine.scope(TEAM_A).tag(ONE, image);
                          }
                          return null;
                        })
            .toList());

    Image winner = scope.find(ONE).orElseThrow();
    assertThat(images).contains(winner);
    assertThat(otherStore.scope(TEAM_A).find(ONE)).contains(winner);
    assertThat(openStore().scope(TEAM_A).find(ONE)).contains(winner);
  }

  @Test
  void racingTagsAndUntags_leaveAWholeNameOrNone() throws Exception {
    Image image = add("x");
    List<Callable<Void>> work = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      boolean tags = thread % 2 == 0;
      work.add(
          () -> {
            ImageScope mine = openStore().scope(TEAM_A);
            for (int i = 0; i < 10; i++) {
              if (tags) {
                mine.tag(ONE, image);
              } else {
                mine.untag(ONE);
              }
              assertThat(mine.list().damaged()).isEmpty();
            }
            return null;
          });
    }
    inParallel(work);

    assertThat(otherStore.scope(TEAM_A).find(ONE)).isEqualTo(scope.find(ONE));
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

  private static void inParallel(List<Callable<Void>> work) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(work.size());
    try {
      CyclicBarrier start = new CyclicBarrier(work.size());
      List<Future<Void>> futures = new ArrayList<>();
      for (Callable<Void> task : work) {
        futures.add(
            executor.submit(
                () -> {
                  start.await();
                  return task.call();
                }));
      }
      for (Future<Void> future : futures) {
        future.get(60, TimeUnit.SECONDS);
      }
    } finally {
      executor.shutdownNow();
    }
  }
}

package io.vic4j.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.image.AmbiguousImageException;
import io.vic4j.image.Image;
import io.vic4j.image.ImageScope;
import io.vic4j.image.ImageStore;
import io.vic4j.image.ListedImage;
import io.vic4j.image.NamedImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/** Names, and the scopes that have them. */
abstract class ImageNamesContract extends StoreFixture {
  ImageNamesContract() {}

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
}

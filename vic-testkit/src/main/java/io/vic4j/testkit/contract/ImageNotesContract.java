package io.vic4j.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.vic4j.core.ConflictException;
import io.vic4j.core.ImageReference;
import io.vic4j.core.NotFoundException;
import io.vic4j.image.Image;
import io.vic4j.image.ImageFilter;
import io.vic4j.image.ImageMetadata;
import io.vic4j.image.ImageScope;
import io.vic4j.image.ListedImage;
import io.vic4j.image.MetadataConflictException;
import io.vic4j.image.RequestOptions;
import io.vic4j.image.StoredRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a scope notes of its images, what it finds by that, and its requests. */
abstract class ImageNotesContract extends ImageNamesContract {
  ImageNotesContract() {}

  @Test
  void metadata_isNoneAtFirst_andWhatWasEditedThen() {
    Image image = add("x");
    scope.tag(ONE, image);
    ImageMetadata none = scope.metadata(image.id());
    assertThat(none.revision()).isZero();
    assertThat(none.labels()).isEmpty();
    assertThat(none.pinned()).isFalse();

    ImageMetadata edited =
        scope.update(none.withLabel("owner", "ann").withNotes("for the fair").withPinned(true));

    assertThat(edited.revision()).isPositive();
    assertThat(otherStore.scope(TEAM_A).metadata(image.id())).isEqualTo(edited);
    assertThat(otherStore.scope(TEAM_A).metadata()).containsExactly(Map.entry(image.id(), edited));
    assertThat(store.scope(TEAM_B).metadata(image.id()).pinned()).isFalse();
  }

  @Test
  void secondEditOfOneRevision_isAConflictThatTellsTheCurrentValue() {
    Image image = add("x");
    scope.tag(ONE, image);
    ImageMetadata mine = scope.metadata(image.id());
    ImageScope others = otherStore.scope(TEAM_A);
    ImageMetadata won = others.update(others.metadata(image.id()).withNotes("theirs"));

    MetadataConflictException conflict =
        catchThrowableOfType(
            MetadataConflictException.class, () -> scope.update(mine.withNotes("mine")));

    assertThat(conflict).isInstanceOf(ConflictException.class);
    assertThat(conflict.current()).isEqualTo(won);
    assertThat(scope.metadata(image.id())).isEqualTo(won);
    assertThat(scope.update(conflict.current().withNotes("both")).notes()).isEqualTo("both");
  }

  @Test
  void racingEditsOfOneRevision_haveOneWinner() throws Exception {
    Image image = add("x");
    scope.tag(ONE, image);
    for (int round = 0; round < 3; round++) {
      ImageMetadata before = scope.metadata(image.id());
      AtomicInteger wins = new AtomicInteger();
      List<Callable<Void>> work = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        String notes = round + "-" + thread;
        work.add(
            () -> {
              try {
                openStore().scope(TEAM_A).update(before.withNotes(notes));
                wins.incrementAndGet();
              } catch (MetadataConflictException e) {
                assertThat(e.current().revision()).isGreaterThan(before.revision());
              }
              return null;
            });
      }
      inParallel(work);

      assertThat(wins).hasValue(1);
      assertThat(scope.metadata(image.id()))
          .isEqualTo(otherStore.scope(TEAM_A).metadata(image.id()));
    }
  }

  @Test
  void metadataOfAnImageThatIsNotInTheScope_isRefused() {
    Image image = add("x");
    store.scope(TEAM_B).tag(ONE, image);

    assertThatThrownBy(() -> scope.update(scope.metadata(image.id()).withPinned(true)))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void imageThatLeavesTheScope_losesItsNotesThereOnly() {
    Image image = add("x");
    for (ImageScope each : List.of(scope, otherStore.scope(TEAM_B))) {
      each.tag(ONE, image);
      each.update(each.metadata(image.id()).withPinned(true));
      each.use(image.id(), Instant.EPOCH);
    }

    scope.untag(ONE);

    assertThat(scope.metadata()).isEmpty();
    assertThat(otherStore.scope(TEAM_A).lastUse(image.id())).isEmpty();
    assertThat(store.scope(TEAM_B).metadata(image.id()).pinned()).isTrue();
    assertThat(store.scope(TEAM_B).lastUses()).containsEntry(image.id(), Instant.EPOCH);
  }

  @Test
  void lastUse_isTheLatestNote_ofWhateverStore() {
    Image image = add("x");
    scope.tag(ONE, image);
    scope.use(image.id(), Instant.EPOCH);
    otherStore.scope(TEAM_A).use(image.id(), Instant.EPOCH.plusSeconds(5));

    assertThat(scope.lastUse(image.id())).contains(Instant.EPOCH.plusSeconds(5));
    assertThat(scope.lastUses()).containsEntry(image.id(), Instant.EPOCH.plusSeconds(5));
  }

  private List<Image> listed(String... filters) {
    return otherStore.scope(TEAM_A).list(ImageFilter.parse(List.of(filters))).images().stream()
        .map(ListedImage::image)
        .toList();
  }

  @Test
  void filters_narrowTheListing() {
    Image x = add("x");
    Image y = add("y");
    Image z = add("z");
    scope.tag(ONE, x);
    scope.tag(ImageReference.parse("team/db:9"), y);
    scope.keep(z.id());
    scope.update(scope.metadata(z.id()).withLabel("owner", "ann"));

    assertThat(listed()).containsExactlyInAnyOrder(x, y, z);
    assertThat(listed("reference=registry.test/app")).containsExactly(x);
    assertThat(listed("reference=*/d?:[0-9]")).containsExactly(y);
    assertThat(listed("dangling=true")).containsExactly(z);
    assertThat(listed("dangling=false")).containsExactlyInAnyOrder(x, y);
    assertThat(listed("label=test")).hasSize(3);
    assertThat(listed("label=test=y")).containsExactly(y);
    assertThat(listed("label=owner=ann")).containsExactly(z);
    assertThat(listed("label=owner=ann", "label=test=y")).isEmpty();
  }

  @Test
  void request_isRememberedUntilItIsForgotten() {
    StoredRequest first =
        new StoredRequest("b", ONE, RequestOptions.DEFAULT, "service", Instant.EPOCH, 1);
    StoredRequest second =
        new StoredRequest(
            "a", TWO, RequestOptions.DEFAULT, "service", Instant.EPOCH.plusSeconds(1), 1);
    scope.remember(second);
    scope.remember(first);

    assertThat(otherStore.scope(TEAM_A).requests()).containsExactly(first, second);
    assertThat(otherStore.scopes()).containsExactly(TEAM_A);
    assertThat(otherStore.scope(TEAM_A).forget("b")).isTrue();
    assertThat(scope.forget("b")).isFalse();
    assertThat(scope.requests()).containsExactly(second);
    assertThat(store.scope(TEAM_B).requests()).isEmpty();
  }
}

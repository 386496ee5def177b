package io.vic4j.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.storage.LayerDisks;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScopeMetadataTest {
  private static final VchName TEAM_A = VchName.of("team-a");
  private static final VchName TEAM_B = VchName.of("team-b");

  @TempDir Path folder;
  private ImageStore store;
  private ImageStore otherStore;
  private ImageScope scope;

  @BeforeEach
  void open() {
    store = openStore();
    otherStore = openStore();
    scope = store.scope(TEAM_A);
  }

  private ImageStore openStore() {
    LocalDatastore datastore = LocalDatastore.at(folder);
    return ImageStore.in(datastore, LayerDisks.in(datastore));
  }

  private Image add(String year, String label, String... names) {
    byte[] config =
        ("{\"os\":\"linux\",\"architecture\":\"amd64\",\"created\":\"%s-01-01T00:00:00Z\","
                + "\"config\":{\"Labels\":{\"tier\":\"%s\"}},"
                + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}")
            .formatted(year, label)
            .getBytes(StandardCharsets.UTF_8);
    RawManifest manifest =
        SampleImage.manifest(
            "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[]}"
                .formatted(
                    MediaTypes.OCI_MANIFEST,
                    SampleImage.descriptor(MediaTypes.OCI_CONFIG, config)));
    Image image = store.add(manifest, new Bytes(config), "test");
    for (String name : names) {
      scope.tag(ImageReference.parse(name), image);
    }
    if (names.length == 0) {
      scope.keep(image.id());
    }
    return image;
  }

  private List<String> listed(String... filters) {
    return scope.list(ImageFilter.parse(List.of(filters))).images().stream()
        .map(
            listed ->
                listed.names().isEmpty()
                    ? "<none>"
                    : String.join(
                        " ", listed.names().stream().map(ImageReference::familiar).toList()))
        .toList();
  }

  @Test
  void metadata_isNoneAtFirst_andWhatWasEditedThen() {
    Image image = add("2001", "web", "app:1");
    assertThat(scope.metadata(image.id())).isEqualTo(ImageMetadata.none(image.id()));

    ImageMetadata edited =
        scope.update(
            scope
                .metadata(image.id())
                .withLabel("owner", "ann")
                .withNotes("keep for the fair")
                .withPinned(true));

    assertThat(otherStore.scope(TEAM_A).metadata(image.id())).isEqualTo(edited);
    assertThat(edited.labels()).isEqualTo(Map.of("owner", "ann"));
    assertThat(edited.revision()).isEqualTo(1);
    assertThat(otherStore.scope(TEAM_B).metadata(image.id()).pinned()).isFalse();
  }

  @Test
  void secondEditOfOneRevision_isAConflictThatTellsTheCurrentValue() {
    Image image = add("2001", "web", "app:1");
    ImageMetadata mine = scope.metadata(image.id());
    ImageMetadata others = otherStore.scope(TEAM_A).metadata(image.id());
    ImageMetadata won = otherStore.scope(TEAM_A).update(others.withNotes("theirs"));

    MetadataConflictException conflict =
        catchThrowableOfType(
            MetadataConflictException.class, () -> scope.update(mine.withNotes("mine")));

    assertThat(conflict.current()).isEqualTo(won);
    assertThat(scope.update(conflict.current().withNotes("both")).notes()).isEqualTo("both");
  }

  @Test
  void metadataOfAnImageThatIsNotInTheScope_isRefused() {
    ImageMetadata missing = ImageMetadata.none(Digest.sha256("missing"));

    assertThatThrownBy(() -> scope.update(missing.withPinned(true)))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void removedImage_losesItsMetadataInThisScopeOnly() {
    Image image = add("2001", "web", "app:1");
    otherStore.scope(TEAM_B).tag(ImageReference.parse("app:1"), image);
    for (ImageScope each : List.of(scope, otherStore.scope(TEAM_B))) {
      each.update(each.metadata(image.id()).withPinned(true));
      each.use(image.id(), Instant.EPOCH);
    }

    scope.remove(image.id());

    assertThat(scope.metadata(image.id()).pinned()).isFalse();
    assertThat(scope.lastUse(image.id())).isEmpty();
    assertThat(store.scope(TEAM_B).metadata(image.id()).pinned()).isTrue();
    assertThat(store.scope(TEAM_B).lastUses()).containsEntry(image.id(), Instant.EPOCH);
  }

  @Test
  void imageWhoseLastNameGoes_losesItsMetadata() {
    Image image = add("2001", "web", "app:1", "app:2");
    scope.update(scope.metadata(image.id()).withPinned(true));

    scope.untag(ImageReference.parse("app:1"));
    assertThat(scope.metadata(image.id()).pinned()).isTrue();
    scope.untag(ImageReference.parse("app:2"));

    assertThat(scope.metadata()).isEmpty();
  }

  @Test
  void lastUse_isTheLatestNote() {
    Image image = add("2001", "web", "app:1");
    scope.use(image.id(), Instant.EPOCH);
    otherStore.scope(TEAM_A).use(image.id(), Instant.EPOCH.plusSeconds(5));

    assertThat(scope.lastUse(image.id())).contains(Instant.EPOCH.plusSeconds(5));
  }

  @Test
  void filters_narrowTheListing() {
    add("2001", "web", "app:1", "registry.test/team/app:1");
    add("2002", "db", "db:9");
    Image third = add("2003", "web");
    scope.update(scope.metadata(third.id()).withLabel("owner", "ann"));

    assertThat(listed()).containsExactly("app:1 registry.test/team/app:1", "db:9", "<none>");
    assertThat(listed("reference=app")).containsExactly("app:1");
    assertThat(listed("reference=*:9", "reference=registry.test/*/app"))
        .containsExactlyInAnyOrder("db:9", "registry.test/team/app:1");
    assertThat(listed("dangling=true")).containsExactly("<none>");
    assertThat(listed("dangling=false")).hasSize(2);
    assertThat(listed("label=tier=web")).hasSize(2);
    assertThat(listed("label=owner")).containsExactly("<none>");
    assertThat(listed("label=tier=web", "label=owner=bob")).isEmpty();
    assertThat(listed("before=db:9")).hasSize(1);
    assertThat(listed("since=" + "db:9")).containsExactly("<none>");
  }

  @Test
  void filterThatIsNotKnown_isRefusedByName() {
    assertThatThrownBy(() -> ImageFilter.parse(List.of("colour=red")))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("colour=red");
    assertThatThrownBy(() -> ImageFilter.parse(List.of("dangling=maybe")))
        .isInstanceOf(InvalidArgumentException.class);
    assertThatThrownBy(() -> ImageFilter.builder().reference("app[").build())
        .isInstanceOf(InvalidArgumentException.class);
    assertThatThrownBy(() -> listed("before=missing:1")).isInstanceOf(NotFoundException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "app, app:1, true",
    "app:1, app:1, true",
    "app:*, app:1, true",
    "a?p:[0-9], app:1, true",
    "a?p:[^0-9], app:1, false",
    "*, app:1, true",
    "*, team/app:1, false",
    "*/*, team/app:1, true",
    "docker.io/library/app, app:1, true",
    "app:1.*, app:12, false",
    "registry.test/app, registry.test/app:1, true",
    "registry.test:5000/a*, registry.test:5000/app:1, true"
  })
  void pattern_matchesAsInDocker(String pattern, String name, boolean matches) {
    assertThat(NameGlob.parse(pattern).matches(ImageReference.parse(name))).isEqualTo(matches);
  }
}

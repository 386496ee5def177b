package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.image.Bytes;
import io.vic4j.image.Image;
import io.vic4j.image.ImageLease;
import io.vic4j.image.ImageMetadata;
import io.vic4j.image.ImageScope;
import io.vic4j.image.ImageStore;
import io.vic4j.image.ImageStoreBuilder;
import io.vic4j.image.MetadataConflictException;
import io.vic4j.image.RawManifest;
import io.vic4j.storage.LayerDisks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/**
 * Three processes on one store, each with a scope of its own and images that all share: whatever
 * they do, and in whatever order their calls of the datastore fall, each scope has afterwards what
 * its process gave it, whole, and nothing else is kept.
 */
class ImageStoreInterleavingTest {
  private static final int ACTORS = 3;
  private static final List<TestImage> IMAGES = List.of(image("x"), image("y"));
  private static final List<ImageReference> NAMES =
      List.of(ImageReference.parse("one:1"), ImageReference.parse("two:1"));

  /** What each scope has to have: by scope and name, the image. */
  private final Map<String, Digest> model = new ConcurrentHashMap<>();

  private static TestImage image(String label) {
    return TestImage.builder().label("test", label).build();
  }

  @Property(tries = 150)
  void scopesHaveWhatTheyWereGiven_whateverTheOrder(
      @ForAll @Size(min = 3, max = 15) List<@IntRange(max = 199) Integer> steps,
      @ForAll @Size(min = 1, max = 60) List<@IntRange(max = ACTORS - 1) Integer> turns)
      throws InterruptedException {
    model.clear();
    MemoryDatastore datastore = MemoryDatastore.create();
    Turns all = new Turns(datastore);
    for (int i = 0; i < ACTORS; i++) {
      List<Integer> own = new ArrayList<>();
      for (int step = i; step < steps.size(); step += ACTORS) {
        own.add(steps.get(step));
      }
      VchName vch = VchName.of("vch-" + i);
      all.add(seen -> play(open(seen), vch, own));
    }

    all.run(turns);

    check(datastore);
  }

  private static ImageStore open(Datastore datastore) {
    return ImageStore.in(datastore, LayerDisks.in(datastore));
  }

  private void play(ImageStore store, VchName vch, List<Integer> steps) {
    ImageScope scope = store.scope(vch);
    for (int step : steps) {
      TestImage image = IMAGES.get(step / 10 % IMAGES.size());
      ImageReference name = NAMES.get(step / 20 % NAMES.size());
      String key = vch + " " + name;
      Digest id = image.configDescriptor().digest();
      switch (step % 10) {
        case 0, 1, 2 -> {
          pull(store, scope, image, name);
          model.put(key, id);
        }
        case 3 -> {
          if (tagIfThere(store, scope, name, id)) {
            model.put(key, id);
          }
        }
        case 4, 5 -> assertThat(scope.untag(name)).isEqualTo(model.remove(key) != null);
        case 6 -> {
          boolean had =
              model
                  .entrySet()
                  .removeIf(
                      entry -> entry.getKey().startsWith(vch + " ") && entry.getValue().equals(id));
          assertThat(scope.remove(id)).isEqualTo(had);
        }
        case 7 -> editIfThere(scope, id);
        default -> store.collect(Set::of);
      }
    }
  }

  /** What an image service does, without layers. */
  private static void pull(
      ImageStore store, ImageScope scope, TestImage image, ImageReference name) {
    try (ImageLease lease = store.lease(image.configDescriptor().digest(), List.of())) {
      RawManifest manifest =
          new RawManifest(
              image.manifestDescriptor().mediaType(),
              image.manifest(),
              image.manifestDescriptor().digest());
      Bytes config = Objects.requireNonNull(image.blobs().get(image.configDescriptor().digest()));
      scope.tag(name, store.add(manifest, config, "a test"));
    }
  }

  private static boolean tagIfThere(
      ImageStore store, ImageScope scope, ImageReference name, Digest id) {
    try {
      Image image = store.find(id).orElse(null);
      if (image != null) {
        scope.tag(name, image);
      }
      return image != null;
    } catch (NotFoundException e) {
      return false; // Collected since it was found.
    }
  }

  private static void editIfThere(ImageScope scope, Digest id) {
    try {
      ImageMetadata edited = scope.metadata(id).withPinned(true);
      assertThat(scope.update(edited).pinned()).isTrue();
    } catch (NotFoundException e) {
      // It is not in the scope.
    } catch (MetadataConflictException e) {
      throw new AssertionError("nobody else edits this scope", e);
    }
  }

  private void check(MemoryDatastore datastore) {
    ImageStore store =
        ImageStoreBuilder.of(datastore, LayerDisks.in(datastore)).staleAfter(Duration.ZERO).build();
    assertThat(store.verify(Progress.NONE).damaged()).isEmpty();
    Map<String, Digest> actual = new TreeMap<>();
    for (VchName vch : store.scopes()) {
      for (var listed : store.scope(vch).list().images()) {
        assertThat(store.find(listed.image().id())).contains(listed.image());
        listed.names().forEach(name -> actual.put(vch + " " + name, listed.image().id()));
      }
    }
    assertThat(actual).isEqualTo(new TreeMap<>(model));
    store.collect(Set::of);
    assertThat(store.list().images())
        .extracting(listed -> listed.image().id())
        .containsExactlyElementsOf(new TreeSet<>(model.values()));
  }
}

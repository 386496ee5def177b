package io.vic4j.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.Digest;
import io.vic4j.core.IdSource;
import io.vic4j.core.ImageReference;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.storage.LayerDisks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Sequences of what one can do with a store, against a map that does the same. */
class ImageStoreModelTest {
  private static final List<SampleImage> IMAGES =
      List.of(SampleImage.of(), SampleImage.of("a"), SampleImage.of("a", "b"));
  private static final List<ImageReference> NAMES =
      List.of(ImageReference.parse("one:1"), ImageReference.parse("one:2"));
  private static final List<VchName> SCOPES = List.of(VchName.of("a"), VchName.of("b"));

  private final Map<String, Digest> model = new TreeMap<>();
  private final Set<Digest> there = new HashSet<>();
  private ImageStore store;

  @Property(tries = 25)
  void store_doesWhatTheModelDoes(@ForAll @Size(max = 30) List<@IntRange(max = 999) Integer> steps)
      throws IOException {
    Path folder = Files.createTempDirectory("vic-store-model");
    LocalDatastore datastore = LocalDatastore.at(folder);
    try {
      model.clear();
      there.clear();
      store = open(datastore);
      for (int step : steps) {
        if (step % 10 == 9) {
          store = open(datastore);
        } else {
          apply(step % 10, step / 10 % 3, step / 30 % 2, step / 60 % 2);
        }
        check();
      }
    } finally {
      datastore.list(DatastorePath.ROOT).forEach(entry -> datastore.delete(entry.path()));
      Files.delete(folder);
    }
  }

  private static ImageStore open(LocalDatastore datastore) {
    return ImageStoreBuilder.of(datastore, LayerDisks.in(datastore))
        .idSource(IdSource.random())
        .staleAfter(Duration.ZERO)
        .build();
  }

  private void apply(int operation, int image, int name, int scope) {
    SampleImage sample = IMAGES.get(image);
    VchName vch = SCOPES.get(scope);
    ImageReference reference = NAMES.get(name);
    String key = vch + " " + reference;
    switch (operation) {
      case 0, 1 -> {
        store.add(sample.manifest, sample.config, "test");
        there.add(sample.id());
      }
      case 2, 3, 4 -> {
        if (there.contains(sample.id())) {
          store.scope(vch).tag(reference, store.find(sample.id()).orElseThrow());
          model.put(key, sample.id());
        }
      }
      case 5, 6 ->
          assertThat(store.scope(vch).untag(reference)).isEqualTo(model.remove(key) != null);
      case 7 ->
          assertThat(store.scope(vch).remove(sample.id()))
              .isEqualTo(
                  model
                      .entrySet()
                      .removeIf(
                          entry ->
                              entry.getKey().startsWith(vch + " ")
                                  && entry.getValue().equals(sample.id())));
      default -> {
        Set<Digest> unused = new TreeSet<>(there);
        unused.removeAll(model.values());
        assertThat(store.collect(Set::of).images()).containsExactlyElementsOf(unused);
        there.removeAll(unused);
      }
    }
  }

  private void check() {
    for (VchName vch : SCOPES) {
      for (ImageReference name : NAMES) {
        Digest expected = model.get(vch + " " + name);
        assertThat(store.scope(vch).find(name).map(Image::id).orElse(null)).isEqualTo(expected);
      }
    }
    assertThat(store.list().images())
        .extracting(listed -> listed.image().id())
        .containsExactlyInAnyOrderElementsOf(there);
  }
}

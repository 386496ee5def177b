package io.vic4j.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.NotFoundException;
import io.vic4j.image.Image;
import io.vic4j.image.ImageStore;
import io.vic4j.testkit.TestImage;
import org.junit.jupiter.api.Test;

/**
 * What every {@link ImageStore} promises, and what image services do with it. Stores are on a
 * datastore, beside their layer disks.
 *
 * <pre>{@code
 * class MyImageStoreTest extends ImageStoreContract {
 *   @Override
 *   protected ImageStore openStore() {
 *     return new MyImageStore(datastore);
 *   }
 *
 *   @Override
 *   protected Datastore datastore() {
 *     return datastore;
 *   }
 * }
 * }</pre>
 */
public abstract class ImageStoreContract extends ImageDamageContract {
  /** For subclasses. */
  protected ImageStoreContract() {}

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
}

package io.vic4j.testkit.demo;

import io.vic4j.core.VchName;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.image.ImageScope;
import io.vic4j.image.ImageStore;
import io.vic4j.storage.LayerDisks;

/**
 * A folder with images and disks, opened for one command.
 *
 * @param datastore the folder
 * @param layers the layer disks in it
 * @param images the images in it
 */
record Store(LocalDatastore datastore, LayerDisks layers, ImageStore images) {
  /** The demo has one tenant. */
  static final VchName VCH = VchName.of("default");

  static Store open(LocalDatastore datastore) {
    LayerDisks layers = LayerDisks.in(datastore);
    return new Store(datastore, layers, ImageStore.in(datastore, layers));
  }

  ImageScope scope() {
    return images.scope(VCH);
  }
}

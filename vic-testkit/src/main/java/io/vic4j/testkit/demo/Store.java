package io.vic4j.testkit.demo;

import io.vic4j.core.Progress;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.image.Image;
import io.vic4j.image.ImageScope;
import io.vic4j.image.ImageSource;
import io.vic4j.image.ImageStore;
import io.vic4j.image.ImageStoreBuilder;
import io.vic4j.image.KeptBlobs;
import io.vic4j.image.StoredImages;
import io.vic4j.storage.LayerDisks;

/**
 * A folder with images and disks, opened for one command.
 *
 * @param datastore the folder
 * @param layers the layer disks in it
 * @param images the images in it
 * @param blobs the blobs of images that are kept in it
 */
record Store(LocalDatastore datastore, LayerDisks layers, ImageStore images, KeptBlobs blobs) {
  /** The demo has one tenant. */
  static final VchName VCH = VchName.of("default");

  static Store open(LocalDatastore datastore) {
    LayerDisks layers = LayerDisks.in(datastore);
    KeptBlobs blobs = KeptBlobs.in(datastore);
    ImageStore images = ImageStoreBuilder.of(datastore, layers).keptBlobs(blobs).build();
    return new Store(datastore, layers, images, blobs);
  }

  /** An image of the store, to be given away: as it came where its blobs were kept. */
  ImageSource open(Image image, Progress progress) {
    return StoredImages.in(datastore, images, layers).with(blobs).open(image.id(), progress);
  }

  ImageScope scope() {
    return images.scope(VCH);
  }
}

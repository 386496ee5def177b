package io.vic4j.storage.ext4;

import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.datastore.LocalDatastore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.UUID;
import java.util.function.Consumer;

/** Makes images for tests; each is judged by e2fsck. */
final class Ext4Image {
  static final UUID ID = UUID.fromString("6f9619ff-8b86-4d01-b42d-00cf4fc964ff");
  static final Instant TIME = Instant.parse("2021-03-04T05:06:07.123456789Z");
  static final Ext4Attributes DIRECTORY = Ext4Attributes.of(0755, 0, 0, TIME);
  static final Ext4Attributes FILE = Ext4Attributes.of(0644, 1000, 1000, TIME);

  private Ext4Image() {}

  static Ext4Options layer() {
    return Ext4Options.builder(ID).build();
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Makes an image in a folder that has none, and has e2fsck look at it. */
  static Path make(Path folder, Ext4Options options, Consumer<Ext4Writer> content) {
    Path image = makeUnjudged(folder, options, content);
    Ext4Judge.assertClean(image);
    return image;
  }

  static Path makeUnjudged(Path folder, Ext4Options options, Consumer<Ext4Writer> content) {
    LocalDatastore datastore = LocalDatastore.at(folder);
    DatastorePath path = DatastorePath.parse("disk.img");
    try (DatastoreWriter disk = datastore.create(path);
        Ext4Writer writer = Ext4Writer.create(disk, options)) {
      content.accept(writer);
      writer.finish();
      disk.commit();
    }
    return datastore.localPath(path);
  }

  static int file(Ext4Writer writer, int parent, String name, byte[] content) {
    int node = writer.beginFile(parent, bytes(name), FILE);
    writer.write(content, 0, content.length);
    writer.endFile();
    return node;
  }
}

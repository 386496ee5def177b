package io.vic4j.storage.ext4;

import io.vic4j.core.ForeignTool;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.datastore.LocalDatastore;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/** File systems that mke2fs makes of a tree, and what GNU tar sees in trees and archives. */
final class ForeignImage {
  private ForeignImage() {}

  /** Makes files of all kinds that need no root, with times in whole seconds as mke2fs wants. */
  static void makeTree(Path root) throws IOException {
    Random random = new Random(7);
    Path folder = Files.createDirectories(root.resolve("folder/deeper/still"));
    Files.writeString(root.resolve("small"), "short enough to stay in an inode");
    Files.writeString(root.resolve("inline"), "x".repeat(100));
    Files.createFile(root.resolve("empty"));
    byte[] large = new byte[300_000];
    random.nextBytes(large);
    Files.write(root.resolve("large"), large);
    try (var sparse = new java.io.RandomAccessFile(root.resolve("sparse").toFile(), "rw")) {
      // Holes around data, and so many pieces that an extent tree needs a block of its own.
      for (int i = 0; i < 12; i++) {
        sparse.seek(i * 100_000L);
        sparse.write(large, i * 1000, 5000);
      }
      // Not a hole at the end: mke2fs 1.47 loses it in file systems with inline_data.
      sparse.seek(6_000_000);
      sparse.write(large, 0, 100);
    }
    Files.createLink(folder.resolve("hard link"), root.resolve("large"));
    Files.createSymbolicLink(root.resolve("fast"), Path.of("folder/deeper"));
    Files.createSymbolicLink(root.resolve("slow"), Path.of("x/".repeat(60) + "end"));
    Files.createSymbolicLink(root.resolve("longest"), Path.of("y".repeat(1000)));
    Files.createDirectory(root.resolve("many"));
    for (int i = 0; i < 150; i++) {
      Files.writeString(root.resolve("many/" + "n".repeat(20 + i % 60) + i), "" + i);
    }
    Files.createFile(root.resolve("z".repeat(255)));
    ForeignTool.named("mkfifo").check(root.resolve("fifo"));
    ForeignTool setfattr = ForeignTool.named("setfattr");
    setfattr.check("-n", "user.note", "-v", "hello", root.resolve("small"));
    setfattr.check("-n", "user.more", "-v", "v".repeat(400), root.resolve("large"));
    setfattr.check("-n", "user.bytes", "-v", "0x00ff80fe", root.resolve("folder"));
    ForeignTool.named("chmod").check("6751", root.resolve("small"));
    // Deepest first, for what is made in a folder changes its time; not with Files, which opens
    // what it sets and would wait for the fifo's writer.
    try (var paths = Files.walk(root)) {
      List<Object> arguments = new ArrayList<>(List.of("-h", "-d", "@1234567890"));
      arguments.addAll(paths.sorted(Comparator.reverseOrder()).toList());
      ForeignTool.named("touch").check(arguments.toArray());
    }
    ForeignTool.named("touch").check("-d", "@-86400", root.resolve("small"));
  }

  static Path mkfs(Path image, Path tree, long sizeBytes, String... options) {
    ForeignTool mkfs = ForeignTool.named("mke2fs");
    List<Object> arguments = new ArrayList<>(List.of("-q", "-F", "-d", tree));
    arguments.addAll(List.of(options));
    arguments.add(image);
    arguments.add(sizeBytes / 1024 + "k");
    mkfs.check(arguments.toArray());
    return image;
  }

  static <T> T read(Path image, Function<Ext4Reader, T> action) {
    LocalDatastore datastore = LocalDatastore.at(image.toAbsolutePath().getParent());
    try (DatastoreReader reader =
        datastore.open(DatastorePath.parse(image.getFileName().toString()))) {
      return action.apply(Ext4Reader.open(reader));
    }
  }

  static byte[] toTar(Path image) {
    return read(
        image,
        reader -> {
          var out = new java.io.ByteArrayOutputStream();
          try {
            reader.toTar(out);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          return out.toByteArray();
        });
  }

  static void walkAll(Path image) {
    read(
        image,
        reader -> {
          try {
            reader.toTar(new Limited());
          } catch (IOException e) {
            // More than an honest image of this size can have; the caller's limit, not an error.
          }
          return 0;
        });
  }

  private static final class Limited extends OutputStream {
    private long left = 4 << 20;

    @Override
    public void write(int value) throws IOException {
      write(new byte[1], 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      left -= length;
      if (left < 0) {
        throw new IOException("too much");
      }
    }
  }

  /** What GNU tar finds below a folder, in its own order and form; without {@code lost+found}. */
  static byte[] seenByTar(Path root) throws IOException {
    List<Object> arguments =
        new ArrayList<>(
            List.of(
                "-c",
                "--format=pax",
                "--pax-option=delete=atime,delete=ctime,exthdr.name=%f",
                "--sort=name",
                "--numeric-owner",
                "--xattrs",
                "--xattrs-include=*",
                "--exclude=lost+found",
                "-C",
                root));
    try (var names = Files.list(root)) {
      names.map(path -> path.getFileName().toString()).sorted().forEach(arguments::add);
    }
    return ForeignTool.named("tar").check(arguments.toArray()).out();
  }

  static void extract(byte[] archive, Path root) throws IOException {
    Path file = Files.write(root.resolveSibling(root.getFileName() + ".tar"), archive);
    Files.createDirectory(root);
    ForeignTool.named("tar")
        .check(
            "-x",
            "-p",
            "--numeric-owner",
            "--xattrs",
            "--xattrs-include=*",
            "-C",
            root,
            "-f",
            file);
    Files.delete(file);
  }
}

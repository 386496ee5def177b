package io.vic4j.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.Digest;
import io.vic4j.core.DiskJudge;
import io.vic4j.core.IdSource;
import io.vic4j.core.Progress;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.storage.ext4.Ext4Attributes;
import io.vic4j.storage.ext4.Ext4FileType;
import io.vic4j.storage.ext4.Ext4Options;
import io.vic4j.storage.ext4.Ext4Reader;
import io.vic4j.storage.ext4.Ext4Writer;
import io.vic4j.storage.ext4.Ext4Xattrs;
import io.vic4j.storage.overlay.OverlayCopy;
import io.vic4j.storage.overlay.OverlayFiles;
import io.vic4j.storage.tar.ByteString;
import io.vic4j.storage.tar.RawTar;
import io.vic4j.storage.tar.TarEntry;
import io.vic4j.storage.tar.TarReader;
import io.vic4j.storage.vmdk.VmdkReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.statistics.Statistics;

/** A tar over any layers and any scratch disk gives what it gives over a plain tree. */
class OverlayCopyProperties {
  private static final String[] NAMES = {"a", "b", "c"};
  private static final DatastorePath SCRATCH = DatastorePath.parse("vms/one/scratch.vmdk");
  private static final UUID SCRATCH_ID = new UUID(7, 7);

  @Property(tries = 150)
  void copy_isWhatUnpackingOverThePlainTreeMakes(@ForAll Random any) throws IOException {
    Path folder = Files.createTempDirectory("copy");
    LocalDatastore store = LocalDatastore.at(folder);
    try {
      new Machine(any, store).check();
      DiskJudge.assertClean(store.localPath(SCRATCH.parent().resolve("scratch-flat.vmdk")));
    } finally {
      LocalDatastore.at(folder.getParent())
          .delete(DatastorePath.parse(folder.getFileName().toString()));
    }
  }

  /** Layers, and what was written over them. */
  private static final class Machine {
    private final Random random;
    private final LocalDatastore datastore;
    private final ContainerVmSpec vm;

    private Machine(Random random, LocalDatastore datastore) {
      this.random = random;
      this.datastore = datastore;
      LayerDisks disks = LayerDisks.in(datastore);
      ContainerVmSpec.Builder spec = ContainerVmSpec.builder("one");
      SessionSpec.Builder session = SessionSpec.builder("main").scratch(SCRATCH_ID).argv("/a");
      List<UUID> layers = new ArrayList<>();
      for (int i = 1 + random.nextInt(2); i > 0; i--) {
        LayerTar layer = LayerStore.layer(anyLayer());
        LayerDisk disk = disks.build(layer.diffId(), layer.source(), Progress.NONE);
        if (!layers.contains(disk.fileSystemUuid())) {
          layers.add(disk.fileSystemUuid());
          spec.disk(DiskAttachment.layer(disk.path(), disk.fileSystemUuid()));
        }
      }
      spec.disk(DiskAttachment.scratch(SCRATCH, SCRATCH_ID));
      writeScratch();
      this.vm = spec.session(session.layers(layers).build()).build();
    }

    private String anyPath() {
      StringBuilder path = new StringBuilder(NAMES[random.nextInt(3)]);
      for (int depth = random.nextInt(3); depth > 0; depth--) {
        path.append('/').append(NAMES[random.nextInt(3)]);
      }
      return path.toString();
    }

    private RawTar.Header dir(String name) {
      return RawTar.header('5', name, 0).text(100, "00007" + random.nextInt(8) + random.nextInt(8));
    }

    private byte[] anyLayer() {
      RawTar tar = new RawTar();
      for (int i = random.nextInt(8); i >= 0; i--) {
        String path = anyPath();
        switch (random.nextInt(4)) {
          case 0, 1 -> tar.add(dir(path));
          default -> tar.file(path, "layer " + random.nextInt(100));
        }
      }
      return tar.end();
    }

    /** What a machine may have written: whiteouts, opaque folders, and files of overlayfs's own. */
    private void writeScratch() {
      DatastorePath extent = SCRATCH.parent().resolve("scratch-flat.vmdk");
      Ext4Options options = Ext4Options.builder(SCRATCH_ID).sizeBytes(16L << 20).build();
      try (DatastoreWriter disk =
              NewDisk.begin(datastore, SCRATCH, extent, Digest.sha256("x"), Progress.NONE);
          Ext4Writer fs = Ext4Writer.create(disk, options)) {
        if (random.nextInt(5) > 0) {
          int work = fs.makeDirectory(fs.root(), bytes("work"), any());
          int unused = fs.makeDirectory(work, bytes("work"), any().withPermissions(0));
          int upper = fs.makeDirectory(fs.root(), bytes("upper"), any());
          for (int i = random.nextInt(8); i > 0; i--) {
            write(fs, upper, anyPath());
          }
        }
        fs.finish();
        disk.commit();
      }
    }

    private void write(Ext4Writer fs, int upper, String path) {
      int parent = upper;
      String[] names = path.split("/", -1);
      for (int i = 0; i < names.length - 1; i++) {
        OptionalInt found = fs.find(parent, bytes(names[i]));
        if (found.isPresent() && fs.type(found.getAsInt()) != Ext4FileType.DIRECTORY) {
          return;
        }
        parent =
            found.isPresent() ? found.getAsInt() : fs.makeDirectory(parent, bytes(names[i]), any());
      }
      byte[] name = bytes(names[names.length - 1]);
      if (fs.find(parent, name).isPresent()) {
        return;
      }
      switch (random.nextInt(5)) {
        case 0, 1 -> {
          int unused = fs.makeDevice(parent, name, Ext4FileType.CHARACTER_DEVICE, 0, 0, any());
        }
        case 2 -> {
          Ext4Xattrs opaque = Ext4Xattrs.none().with("trusted.overlay.opaque", bytes("y"));
          int unused = fs.makeDirectory(parent, name, any().withXattrs(opaque));
        }
        case 3 -> {
          int unused = fs.makeDirectory(parent, name, any());
        }
        default -> {
          int unused = fs.beginFile(parent, name, any());
          fs.write(name, 0, name.length);
          fs.endFile();
        }
      }
    }

    private Ext4Attributes any() {
      return Ext4Attributes.of(0700 | random.nextInt(64), random.nextInt(9), 0, Instant.EPOCH);
    }

    private static byte[] bytes(String text) {
      return text.getBytes(StandardCharsets.UTF_8);
    }

    private byte[] anyTar() {
      RawTar tar = new RawTar();
      for (int i = random.nextInt(5); i >= 0; i--) {
        String path = anyPath();
        switch (random.nextInt(6)) {
          case 0, 1 -> tar.add(dir(path));
          case 2 -> tar.link('1', path, anyPath());
          default -> tar.file(path, "tar " + random.nextInt(100));
        }
      }
      return tar.end();
    }

    /** All that is shown, by its path without a slash before it. */
    private SortedMap<String, String> shown() throws IOException {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (OverlayFiles files = OverlayFiles.open(datastore, vm, "main")) {
        files.copyOut("/", out);
      }
      SortedMap<String, String> all = new TreeMap<>();
      TarReader tar = new TarReader(new ByteArrayInputStream(out.toByteArray()));
      while (tar.next()) {
        String name = clean(tar.entry().name().toString());
        all.put(name, described(tar, all));
      }
      all.remove("");
      return all;
    }

    private static String clean(String name) {
      return name.equals("./") ? "" : name.replaceAll("/$", "");
    }

    private static String described(TarReader tar, SortedMap<String, String> all)
        throws IOException {
      TarEntry entry = tar.entry();
      if (entry.type() == TarEntry.Type.HARD_LINK) {
        return all.get(entry.linkTarget().orElseThrow().toString());
      }
      String mode = Integer.toOctalString(entry.mode()) + " " + entry.uid();
      return entry.type() == TarEntry.Type.DIRECTORY
          ? "folder " + mode
          : "file "
              + mode
              + " "
              + new String(tar.contentStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static List<String> described(byte[] bytes) {
      List<String> entries = new ArrayList<>();
      TarReader tar = new TarReader(new ByteArrayInputStream(bytes));
      try {
        while (tar.next()) {
          entries.add(tar.entry().toString());
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return entries;
    }

    private static boolean isFolder(SortedMap<String, String> tree, String path) {
      return path.isEmpty() || (tree.containsKey(path) && tree.get(path).startsWith("folder"));
    }

    private static boolean isFull(SortedMap<String, String> tree, String path) {
      return !tree.subMap(path + "/", path + "0").isEmpty();
    }

    /** The tree with a tar unpacked over it; empty if that cannot be. */
    private static Optional<SortedMap<String, String>> unpacked(
        SortedMap<String, String> before, byte[] bytes) throws IOException {
      SortedMap<String, String> tree = new TreeMap<>(before);
      TarReader tar = new TarReader(new ByteArrayInputStream(bytes));
      while (tar.next()) {
        TarEntry entry = tar.entry();
        String path = clean(entry.name().toString());
        for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
          String parent = path.substring(0, slash);
          tree.putIfAbsent(parent, "folder 755 0");
          if (!isFolder(tree, parent)) {
            return Optional.empty();
          }
        }
        boolean folder = entry.type() == TarEntry.Type.DIRECTORY;
        String target = entry.linkTarget().map(ByteString::toString).orElse(path);
        if (entry.type() == TarEntry.Type.HARD_LINK) {
          if (!tree.containsKey(target) || isFolder(tree, target)) {
            return Optional.empty();
          }
          if (target.equals(path)) {
            continue;
          }
        }
        if (!folder && isFolder(tree, path) && isFull(tree, path)) {
          return Optional.empty();
        }
        tree.put(path, described(tar, tree));
      }
      return Optional.of(tree);
    }

    private void copyIn(byte[] tar) throws IOException {
      try (OverlayCopy copy =
          OverlayCopy.open(datastore, IdSource.random(), () -> Instant.EPOCH, vm, "main")) {
        copy.copyIn("/", new ByteArrayInputStream(tar));
        copy.publish(() -> {});
      }
    }

    private boolean hasWork() {
      try (VmdkReader disk = VmdkReader.open(datastore, SCRATCH)) {
        return Ext4Reader.open(disk).find("work/work").isPresent();
      }
    }

    private void check() throws IOException {
      boolean worked = hasWork();
      for (int i = 0; i < 2; i++) {
        SortedMap<String, String> before = shown();
        byte[] tar = anyTar();
        Optional<SortedMap<String, String>> expected = unpacked(before, tar);
        for (int again = random.nextInt(4); again > 0 && expected.isEmpty(); again--) {
          tar = anyTar();
          expected = unpacked(before, tar);
        }
        Statistics.label("possible").collect(expected.isPresent());
        byte[] chosen = tar;
        if (expected.isPresent()) {
          copyIn(chosen);
        } else {
          assertThatThrownBy(() -> copyIn(chosen))
              .as(() -> described(chosen) + " over " + before)
              .isInstanceOf(VicException.class);
        }
        assertThat(shown()).isEqualTo(expected.orElse(before));
        assertThat(hasWork()).isEqualTo(worked);
      }
    }
  }
}

package io.vic4j.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.ConflictException;
import io.vic4j.core.Digest;
import io.vic4j.core.IdSource;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.OutOfSpaceException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.MemoryVolume;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.VolumeMount;
import io.vic4j.storage.ext4.Ext4Attributes;
import io.vic4j.storage.ext4.Ext4Node;
import io.vic4j.storage.ext4.Ext4Reader;
import io.vic4j.storage.overlay.FileStatus;
import io.vic4j.storage.overlay.OverlayCopy;
import io.vic4j.storage.overlay.OverlayFiles;
import io.vic4j.storage.tar.ByteString;
import io.vic4j.storage.tar.RawTar;
import io.vic4j.storage.tar.TarEntry;
import io.vic4j.storage.tar.TarWriter;
import io.vic4j.storage.vmdk.VmdkReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a copy makes of disks; that a kernel makes the same, {@link WrittenOverlayCopyTest}. */
class OverlayCopyTest {
  private static final Instant NOW = Instant.parse("2026-05-04T03:02:01.123456789Z");
  private static final UUID VOLUME = new UUID(8, 8);

  @TempDir Path folder;
  private LayerStore store;
  private LayerDisk layer;
  private ScratchDisk scratch;
  private ScratchDisk volume;

  @BeforeEach
  void open() {
    store = LayerStore.at(folder.resolve("store"));
    layer =
        store.build(
            new RawTar()
                .add(RawTar.header('5', "./", 0).text(100, "0000711").text(108, "0000005"))
                .add(RawTar.header('5', "etc/", 0).text(100, "0000750").text(108, "0000007"))
                .file("etc/motd", "hello")
                .link('1', "etc/again", "etc/motd")
                .link('2', "out", "/etc")
                .link('2', "up", "../../..")
                .link('2', "nowhere", "none")
                .link('2', "loop", "loop")
                .entry('5', "data/")
                .file("data/image", "of the image")
                .end());
    scratch =
        ScratchDisks.in(store.datastore)
            .create(DatastorePath.parse("vms/one"), "scratch", 32L << 20, new UUID(7, 7));
    volume =
        ScratchDisks.in(store.datastore)
            .createUnique(DatastorePath.parse("volumes/data"), "volume", 16L << 20, VOLUME);
  }

  private ContainerVmSpec vm(UnaryOperator<SessionSpec.Builder> session) {
    return ContainerVmSpec.builder("one")
        .disk(DiskAttachment.layer(layer.path(), layer.fileSystemUuid()))
        .disk(DiskAttachment.scratch(scratch.path(), scratch.fileSystemUuid()))
        .disk(DiskAttachment.volume(volume.path(), volume.fileSystemUuid()))
        .memoryVolume(new MemoryVolume(new UUID(9, 9), OptionalLong.empty()))
        .session(
            session
                .apply(
                    SessionSpec.builder("main")
                        .layers(List.of(layer.fileSystemUuid()))
                        .scratch(scratch.fileSystemUuid())
                        .argv("/bin/app"))
                .build())
        .build();
  }

  private ContainerVmSpec vm() {
    return vm(session -> session);
  }

  private OverlayCopy copy(ContainerVmSpec vm) {
    return OverlayCopy.open(store.datastore, IdSource.random(), () -> NOW, vm, "main");
  }

  private void copyIn(ContainerVmSpec vm, String path, byte[] tar) throws IOException {
    try (OverlayCopy copy = copy(vm)) {
      copy.copyIn(path, new ByteArrayInputStream(tar));
      copy.publish(() -> {});
    }
    assertThat(store.datastore.list(DatastorePath.parse("tmp"))).isEmpty();
  }

  private void copyIn(String path, RawTar tar) throws IOException {
    copyIn(vm(), path, tar.end());
  }

  private OverlayFiles files(ContainerVmSpec vm) {
    return OverlayFiles.open(store.datastore, vm, "main");
  }

  private String read(ContainerVmSpec vm, String path) throws IOException {
    try (OverlayFiles files = files(vm);
        InputStream in = files.read(path)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private String read(String path) throws IOException {
    return read(vm(), path);
  }

  private FileStatus status(String path) {
    try (OverlayFiles files = files(vm())) {
      return files.find(path).orElseThrow();
    }
  }

  /** What the disk has itself, whatever the layers have. */
  private Ext4Node onDisk(ScratchDisk disk, String path) {
    try (VmdkReader reader = VmdkReader.open(store.datastore, disk.path())) {
      return Ext4Reader.open(reader).find(path).orElseThrow();
    }
  }

  @Test
  void freshDisk_getsAnUpperFolder_withTheAttributesOfTheImagesRoot() throws IOException {
    copyIn("/", new RawTar().file("new", "x"));
    assertThat(read("/new")).isEqualTo("x");
    assertThat(read("/etc/motd")).isEqualTo("hello");
    Ext4Attributes upper = onDisk(scratch, "upper").attributes();
    assertThat(upper.permissions()).isEqualTo(0711);
    assertThat(upper.uid()).isEqualTo(5);
    assertThat(upper.modified()).isEqualTo(NOW);
  }

  @Test
  void folderOfTheImage_comesUpWithItsAttributes_andNotOpaque() throws IOException {
    copyIn("/etc", new RawTar().file("motd", "other").file("deep/er/file", "y"));
    assertThat(read("/etc/motd")).isEqualTo("other");
    assertThat(read("/etc/again")).isEqualTo("hello");
    assertThat(read("/etc/deep/er/file")).isEqualTo("y");
    Ext4Attributes etc = onDisk(scratch, "upper/etc").attributes();
    assertThat(etc.permissions()).isEqualTo(0750);
    assertThat(etc.uid()).isEqualTo(7);
    assertThat(etc.xattrs().isEmpty()).isTrue();
    assertThat(status("/etc/deep").attributes().permissions()).isEqualTo(0755);
  }

  @Test
  void entries_haveWhatTheTarSaysOfThem() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TarWriter tar = new TarWriter(out);
    Instant time = Instant.ofEpochSecond(1_000_000_000, 7);
    tar.put(
        TarEntry.builder(TarEntry.Type.DIRECTORY, "etc/")
            .mode(01777)
            .owner(8, 9)
            .modified(time)
            .xattr(ByteString.of("user.of"), ByteString.of("folder"))
            .build());
    tar.put(
        TarEntry.builder(TarEntry.Type.FILE, "etc/setuid")
            .mode(04711)
            .owner(70000, 80000)
            .modified(time)
            .xattr(ByteString.of("user.note"), ByteString.of("kept"))
            .xattr(ByteString.of("trusted.overlay.opaque"), ByteString.of("y"))
            .xattr(ByteString.of("com.apple.provenance"), ByteString.of("z"))
            .build());
    tar.finish();
    copyIn(vm(), "/", out.toByteArray());
    Ext4Attributes folder = status("/etc").attributes();
    assertThat(folder.permissions()).isEqualTo(01777);
    assertThat(folder.gid()).isEqualTo(9);
    assertThat(folder.modified()).isEqualTo(time);
    assertThat(folder.xattrs().names()).containsExactly("user.of");
    Ext4Attributes file = onDisk(scratch, "upper/etc/setuid").attributes();
    assertThat(file.permissions()).isEqualTo(04711);
    assertThat(file.uid()).isEqualTo(70000);
    assertThat(file.modified()).isEqualTo(time);
    assertThat(file.accessed()).isEqualTo(time);
    assertThat(file.changed()).isEqualTo(NOW);
    assertThat(file.xattrs().names()).containsExactly("user.note");
    assertThat(read("/etc/motd")).isEqualTo("hello");
  }

  @Test
  void names_leadOverLinks_andStayBelowTheFolder() throws IOException {
    copyIn(
        "/",
        new RawTar()
            .file("out/by-link", "1")
            .file("up/etc/by-up", "2")
            .file("../../etc/by-dots", "3")
            .file("/etc/absolute", "4"));
    for (String name : List.of("by-link", "by-up", "by-dots", "absolute")) {
      assertThat(status("/etc/" + name).type()).as(name).isNotNull();
    }
    // Absolute links begin at the folder, too.
    copyIn("/data", new RawTar().link('2', "link", "/sub").entry('5', "sub/").file("link/x", "5"));
    assertThat(read("/data/sub/x")).isEqualTo("5");
    assertThatThrownBy(() -> copyIn("/", new RawTar().file("nowhere/x", "")))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> copyIn("/", new RawTar().file("loop/x", "")))
        .isInstanceOf(InvalidArgumentException.class);
    assertThatThrownBy(() -> copyIn("/", new RawTar().file("etc/motd/x", "")))
        .isInstanceOf(InvalidArgumentException.class);
  }

  @Test
  void linkIsReplaced_notFollowed_whereItIsTheLastName() throws IOException {
    copyIn("/", new RawTar().file("out", "a file now").entry('5', "nowhere/").file("loop", "z"));
    assertThat(read("/out")).isEqualTo("a file now");
    assertThat(status("/nowhere").linkTarget()).isEmpty();
  }

  @Test
  void folderThatHoldsSomething_isNotReplacedByAFile() throws IOException {
    assertThatThrownBy(() -> copyIn("/", new RawTar().file("first", "").file("etc", "")))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("/etc");
    try (OverlayFiles files = files(vm())) {
      assertThat(files.find("/first")).as("all or nothing").isEmpty();
    }
    copyIn("/", new RawTar().entry('5', "empty/"));
    copyIn("/", new RawTar().file("empty", "file"));
    assertThat(read("/empty")).isEqualTo("file");
  }

  @Test
  void hardLinks_toFilesOfTheTarTheDiskAndTheImage() throws IOException {
    copyIn("/", new RawTar().file("old", "on the disk"));
    copyIn(
        "/",
        new RawTar()
            .file("new", "new")
            .link('1', "new-too", "new")
            .link('1', "old-too", "old")
            .link('1', "motd-too", "etc/motd")
            .link('1', "motd-three", "motd-too")
            .link('1', "new", "new"));
    assertThat(read("/new-too")).isEqualTo("new");
    assertThat(read("/old-too")).isEqualTo("on the disk");
    assertThat(read("/motd-three")).isEqualTo("hello");
    for (String pair : List.of("new new-too", "old old-too", "etc/motd motd-three")) {
      String[] names = pair.split(" ", -1);
      assertThat(onDisk(scratch, "upper/" + names[0]).inode())
          .as(pair)
          .isEqualTo(onDisk(scratch, "upper/" + names[1]).inode());
    }
    assertThat(onDisk(scratch, "upper/motd-too").links()).isEqualTo(3);
    assertThatThrownBy(() -> copyIn("/", new RawTar().link('1', "x", "none")))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> copyIn("/", new RawTar().link('1', "x", "etc")))
        .isInstanceOf(InvalidArgumentException.class);
    copyIn("/", new RawTar().file("old", "apart now"));
    assertThat(read("/old-too")).isEqualTo("on the disk");
  }

  @Test
  void whatIsReplaced_givesItsRoomBack() throws IOException {
    byte[] most = new byte[16 << 20];
    new Random(1).nextBytes(most);
    copyIn(vm(), "/", new RawTar().entry('0', "large", most).end());
    most[0]++;
    copyIn(vm(), "/", new RawTar().entry('0', "large", most).end());
    try (OverlayFiles files = files(vm());
        InputStream in = files.read("/large")) {
      assertThat(in.readAllBytes()).isEqualTo(most);
    }
    assertThatThrownBy(() -> copyIn(vm(), "/", new RawTar().entry('0', "second", most).end()))
        .isInstanceOf(OutOfSpaceException.class);
    try (OverlayFiles files = files(vm())) {
      assertThat(files.find("/second")).isEmpty();
    }
    assertThat(store.datastore.list(DatastorePath.parse("tmp"))).isEmpty();
  }

  @Test
  void disk_keepsItsCapacityItsIdentityAndItsJournal_howeverOftenItIsWritten() throws IOException {
    Path extent = store.file(scratch.extentPath());
    long capacity = Files.size(extent);
    long inodes = inodes(extent);
    for (int i = 0; i < 3; i++) {
      copyIn("/", new RawTar().file("file" + i, "x"));
    }
    assertThat(Files.size(extent)).isEqualTo(capacity);
    assertThat(inodes(extent)).isEqualTo(inodes);
    try (VmdkReader disk = VmdkReader.open(store.datastore, scratch.path())) {
      Ext4Reader fs = Ext4Reader.open(disk);
      assertThat(fs.uuid()).isEqualTo(scratch.fileSystemUuid());
      assertThat(fs.options().journalBytes()).isEqualTo(4L << 20);
      assertThat(fs.sizeBytes()).isEqualTo(scratch.capacityBytes());
    }
  }

  /** As the superblock has them, at 1,024. */
  private static long inodes(Path extent) throws IOException {
    try (InputStream in = Files.newInputStream(extent)) {
      byte[] head = in.readNBytes(2048);
      return (head[1024] & 0xff) | (head[1025] & 0xff) << 8 | (head[1026] & 0xff) << 16;
    }
  }

  @Test
  void volume_isWritten_whereTheTarLeadsIntoIt() throws IOException {
    ContainerVmSpec vm = vm(main -> main.mount(new VolumeMount(VOLUME, "/mnt/vol", false)));
    copyIn(vm, "/mnt/vol", new RawTar().file("sub/file", "1").end());
    assertThat(read(vm, "/mnt/vol/sub/file")).isEqualTo("1");
    assertThat(onDisk(volume, "sub/file").sizeBytes()).isEqualTo(1);
    copyIn(vm, "/etc", new RawTar().file("both", "2").end());
    assertThatThrownBy(() -> copyIn(vm, "/", new RawTar().file("mnt", "x").end()))
        .isInstanceOf(ConflictException.class);
    assertThatThrownBy(() -> copyIn(vm, "/", new RawTar().file("mnt/vol", "x").end()))
        .isInstanceOf(ConflictException.class);
    copyIn(vm, "/", new RawTar().file("etc/three", "3").file("mnt/vol/three", "4").end());
    assertThat(read(vm, "/etc/three")).isEqualTo("3");
    assertThat(read(vm, "/mnt/vol/three")).isEqualTo("4");
    assertThat(read(vm, "/mnt/vol/sub/file")).isEqualTo("1");
    assertThatThrownBy(
            () -> copyIn(vm, "/", new RawTar().link('1', "mnt/vol/x", "etc/three").end()))
        .isInstanceOf(InvalidArgumentException.class);
  }

  @Test
  void emptyVolume_isGivenFirstWhatTheImageHas_unlessItIsNotToBe() throws IOException {
    ContainerVmSpec vm = vm(main -> main.mount(new VolumeMount(VOLUME, "/data", false)));
    copyIn(vm, "/data", new RawTar().file("mine", "x").end());
    assertThat(read(vm, "/data/image")).isEqualTo("of the image");
    assertThat(read(vm, "/data/mine")).isEqualTo("x");
    copyIn(vm, "/data", new RawTar().file("more", "x").end());
    assertThat(read(vm, "/data/image")).isEqualTo("of the image");
    assertThat(onDisk(scratch, "").links()).as("the root is as it was").isEqualTo(2);
  }

  @Test
  void partOfAVolume_isMadeWhereItIsMissing() throws IOException {
    VolumeMount part = new VolumeMount(VOLUME, "/part", false, "a/b", false, OptionalLong.empty());
    ContainerVmSpec vm = vm(main -> main.mount(part));
    copyIn(vm, "/part", new RawTar().file("file", "x").end());
    assertThat(onDisk(volume, "a/b/file").sizeBytes()).isEqualTo(1);
    assertThat(read(vm, "/part/file")).isEqualTo("x");
  }

  @Test
  void whereNothingCanBeWritten_isRefused_andSaysWhy() {
    RawTar tar = new RawTar().file("x", "x");
    ContainerVmSpec readOnly =
        vm(
            main ->
                main.readOnlyRoot(true)
                    .mount(new VolumeMount(VOLUME, "/ro", true))
                    .mount(new VolumeMount(new UUID(9, 9), "/memory", false)));
    assertThatThrownBy(() -> copyIn(readOnly, "/etc", tar.end()))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("read-only");
    assertThatThrownBy(() -> copyIn(readOnly, "/ro", tar.end()))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("'/ro' is read-only");
    assertThatThrownBy(() -> copyIn(readOnly, "/memory", tar.end()))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("start it first");
    ContainerVmSpec inMemory =
        vm(main -> main.mount(new VolumeMount(new UUID(9, 9), "/etc/memory", false)));
    assertThatThrownBy(() -> copyIn(inMemory, "/", new RawTar().file("etc/memory/x/y", "").end()))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("start it first");
  }

  @Test
  void wrongTarsAndFolders_areRefused() {
    assertThatThrownBy(() -> copyIn(vm(), "/none", new byte[0]))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> copyIn(vm(), "/etc/motd", new byte[0]))
        .isInstanceOf(InvalidArgumentException.class);
    assertThatThrownBy(() -> copyIn(vm(), "etc", new byte[0]))
        .isInstanceOf(InvalidArgumentException.class);
    assertThatThrownBy(
            () -> copyIn(vm(), "/", "no tar".repeat(500).getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(InvalidArgumentException.class);
    assertThatThrownBy(() -> copyIn("/", new RawTar().add(RawTar.header('3', "white", 0))))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("0:0");
  }

  @Test
  void emptyTar_changesNothing() throws IOException {
    try (OverlayCopy copy = copy(vm())) {
      copy.copyIn("/", new ByteArrayInputStream(new RawTar().end()));
      assertThat(copy.disks()).isEmpty();
    }
  }

  @Test
  void failedCheck_leavesTheDiskAsItWas() throws IOException {
    Digest before = Digest.sha256(Files.readAllBytes(store.file(scratch.extentPath())));
    try (OverlayCopy copy = copy(vm())) {
      copy.copyIn("/", new ByteArrayInputStream(new RawTar().file("x", "x").end()));
      assertThat(copy.disks()).containsExactly(scratch.path());
      assertThatThrownBy(
              () ->
                  copy.publish(
                      () -> {
                        assertThat(store.file(scratch.extentPath())).doesNotExist();
                        throw new ConflictException("it was started");
                      }))
          .hasMessage("it was started");
    }
    assertThat(Digest.sha256(Files.readAllBytes(store.file(scratch.extentPath()))))
        .isEqualTo(before);
  }

  @Test
  void ofTwoCopiesAtOnce_theSecondIsToldThatHeWas() throws IOException {
    try (OverlayCopy first = copy(vm());
        OverlayCopy second = copy(vm())) {
      first.copyIn("/", new ByteArrayInputStream(new RawTar().file("first", "x").end()));
      second.copyIn("/", new ByteArrayInputStream(new RawTar().file("second", "x").end()));
      first.publish(() -> {});
      assertThatThrownBy(() -> second.publish(() -> {})).isInstanceOf(ConflictException.class);
    }
    assertThat(read("/first")).isEqualTo("x");
    assertThatThrownBy(() -> read("/second")).isInstanceOf(NotFoundException.class);
  }

  @Test
  void sameCopy_makesTheSameBytes() throws IOException {
    Path extent = store.file(scratch.extentPath());
    Path fresh = folder.resolve("fresh");
    Files.copy(extent, fresh);
    RawTar tar = new RawTar().file("etc/one", "1").file("two", "2").link('1', "three", "two");
    byte[] bytes = tar.end();
    copyIn(vm(), "/", bytes);
    Digest first = Digest.sha256(Files.readAllBytes(extent));
    Files.delete(extent);
    Files.copy(fresh, extent);
    copyIn(vm(), "/", bytes);
    assertThat(Digest.sha256(Files.readAllBytes(extent))).isEqualTo(first);
  }

  @Test
  void diskThatIsNotFlat_isRefused() throws IOException {
    Path descriptor = store.file(scratch.path());
    Files.write(descriptor, "KDMV".getBytes(StandardCharsets.US_ASCII));
    try {
      assertThatThrownBy(() -> copy(vm())).isInstanceOf(UnsupportedException.class);
    } finally {
      Files.delete(descriptor);
    }
  }

  @Test
  void streamThatFails_changesNothing() {
    InputStream broken =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("cut");
          }

          @Override
          public int read(byte[] target, int offset, int length) throws IOException {
            return read();
          }
        };
    try (OverlayCopy copy = copy(vm())) {
      assertThatThrownBy(() -> copy.copyIn("/", broken))
          .isInstanceOf(IOException.class)
          .hasMessage("cut");
    }
    assertThat(store.datastore.list(DatastorePath.parse("tmp"))).isEmpty();
    try (OverlayFiles files = files(vm())) {
      assertThat(files.list("/")).hasSize(6);
    }
  }
}

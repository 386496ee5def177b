package io.vic4j.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.ConflictException;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.CopiedFiles;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.InvalidSpecException;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.VolumeMount;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.storage.tar.TarReader;
import io.vic4j.storage.volume.Volume;
import io.vic4j.storage.volume.VolumeSpec;
import io.vic4j.storage.volume.VolumeUser;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.TestImage;
import io.vic4j.testkit.TestLayer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What volumes and the containers and pods that have them must do for each other, on every
 * hypervisor and datastore. Extend it, and say how to open a host.
 */
public abstract class VolumesContract {
  private static final String APP = "registry.test/app:1";
  private static final String DB = "registry.test/db:1";
  private static final Duration GRACE = Duration.ZERO;

  private VirtualContainerHost vch;

  /** For subclasses. */
  protected VolumesContract() {}

  /** A new host without volumes, whose volumes are small. */
  protected abstract VirtualContainerHost newHost() throws Exception;

  /** The same host, opened once more; {@link #newHost} comes before. */
  protected abstract VirtualContainerHost reopen() throws Exception;

  /** Puts an image in the registry; its containers do this. */
  protected abstract void image(String reference, TestImage image, Script script) throws Exception;

  /** Closes the hosts. */
  protected abstract void close();

  /** Whether there are streams into guests; as most have unless overridden. */
  protected boolean canAskGuests() {
    return true;
  }

  @BeforeEach
  final void openHost() throws Exception {
    vch = newHost();
    image(APP, base("app").build(), Script.runsForever());
    image(DB, base("db").volume("/var/lib/db").volume("/srv/").build(), Script.runsForever());
  }

  private static TestImage.Builder base(String name) {
    return TestImage.builder()
        .layer(layer -> layer.directory("etc").file("etc/name", name))
        .entrypoint("/bin/" + name);
  }

  /** Whatever a test did: what is attached is there. */
  @AfterEach
  final void everyAttachedVolumeIsThere() {
    boolean unused = Thread.interrupted();
    try {
      checkAttachedVolumes();
    } finally {
      close();
    }
  }

  private void checkAttachedVolumes() {
    for (ContainerVm vm : vch.containers().list()) {
      for (DiskAttachment disk : vm.spec().disks()) {
        if (disk.role().isVolume()) {
          Volume volume = vch.volumes().get(disk.vmdk().parent().name());
          assertThat(volume.path()).isEqualTo(disk.vmdk());
          assertThat(volume.fileSystemUuid()).isEqualTo(disk.fileSystem());
        }
      }
    }
  }

  private static ContainerSpec.Builder app(String name) {
    return ContainerSpec.builder(APP).name(name);
  }

  private static List<DiskAttachment> volumes(ContainerVm vm) {
    return vm.spec().disks().stream().filter(disk -> disk.role().isVolume()).toList();
  }

  private static List<VolumeMount> mounts(ContainerVm vm) {
    return vm.spec().sessions().stream().map(SessionSpec::mounts).flatMap(List::stream).toList();
  }

  @Test
  final void containerWithAVolume_hasItsDisk_andSeesItAtItsPath() {
    Volume data = vch.volumes().create(VolumeSpec.builder("data").sizeBytes(20L << 20).build());
    ContainerVm vm = vch.containers().create(app("a").volume("data", "/var//lib/app/").build());
    assertThat(volumes(vm))
        .containsExactly(DiskAttachment.volume(data.path(), data.fileSystemUuid()));
    assertThat(mounts(vm))
        .containsExactly(new VolumeMount(data.fileSystemUuid(), "/var/lib/app", false));
    vm.start();
    assertThat(vm.awaitStarted(Duration.ofMinutes(1)).state().isOn()).isTrue();
    assertThat(vch.volumes().users("data"))
        .containsExactly(new VolumeUser(vch.name().value(), vm.id(), "a", false));
    vm.removeForcibly();
  }

  @Test
  final void volumeThatIsNotThere_isMade_andOutlivesItsContainer() {
    ContainerVm first = vch.containers().create(app("a").volume("data", "/data").build());
    Volume data = vch.volumes().get("data");
    assertThat(data.anonymous()).isFalse();
    first.remove();
    assertThat(vch.volumes().users("data")).isEmpty();
    ContainerVm second = vch.containers().create(app("b").volume("data", "/data").build());
    assertThat(volumes(second))
        .containsExactly(DiskAttachment.volume(data.path(), data.fileSystemUuid()));
    assertThat(vch.volumes().list()).containsExactly(data);
  }

  @Test
  final void severalVolumes_areMountedParentsFirst() {
    ContainerVm vm =
        vch.containers()
            .create(
                app("a")
                    .volume("inner", "/data/deep/inner")
                    .anonymousVolume("/data/deep")
                    .volume("outer", "/data")
                    .volume("inner", "/again")
                    .build());
    assertThat(mounts(vm))
        .extracting(VolumeMount::path)
        .containsExactly("/data", "/again", "/data/deep", "/data/deep/inner");
    assertThat(volumes(vm)).hasSize(3);
    vm.start();
  }

  @Test
  final void attachedVolume_isNotRemoved_beforeItsContainerIs() {
    ContainerVm vm = vch.containers().create(app("a").volume("data", "/data").build());
    assertThatThrownBy(() -> vch.volumes().remove("data"))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("'a'");
    vm.start();
    assertThatThrownBy(() -> vch.volumes().remove("data")).isInstanceOf(ConflictException.class);
    vm.removeForcibly();
    vch.volumes().remove("data");
    assertThat(vch.volumes().find("data")).isEmpty();
    assertThatThrownBy(() -> vch.volumes().users("data")).isInstanceOf(NotFoundException.class);
  }

  @Test
  final void useIsKnown_toAHostThatIsOpenedAnew() throws Exception {
    ContainerVm vm = vch.containers().create(app("a").readOnlyVolume("data", "/data").build());
    try (VirtualContainerHost again = reopen()) {
      assertThat(again.volumes().users("data"))
          .containsExactly(new VolumeUser(vch.name().value(), vm.id(), "a", true));
      assertThatThrownBy(() -> again.volumes().remove("data"))
          .isInstanceOf(ConflictException.class);
    }
  }

  @Test
  final void oneWrites_orManyRead() {
    ContainerVm writer = vch.containers().create(app("w").volume("data", "/data").build());
    ContainerVm reader = vch.containers().create(app("r").readOnlyVolume("data", "/data").build());
    ContainerVm other = vch.containers().create(app("o").readOnlyVolume("data", "/o").build());
    reader.start();
    other.start();
    assertThatThrownBy(writer::start).isInstanceOf(ConflictException.class);
    reader.kill();
    other.kill();
    writer.start();
    assertThatThrownBy(reader::start).isInstanceOf(ConflictException.class);
  }

  @Test
  final void volumesOfTheImage_areAnonymous_unlessTheContainerHasOneThere() {
    ContainerVm plain = vch.containers().create(ContainerSpec.builder(DB).name("plain").build());
    assertThat(mounts(plain)).extracting(VolumeMount::path).containsExactly("/srv", "/var/lib/db");
    assertThat(vch.volumes().list()).hasSize(2).allMatch(Volume::anonymous);
    ContainerVm own =
        vch.containers()
            .create(ContainerSpec.builder(DB).name("own").volume("data", "/var/lib/db/").build());
    assertThat(mounts(own)).hasSize(2);
    assertThat(vch.volumes().list()).hasSize(4).filteredOn(Volume::anonymous).hasSize(3);
  }

  @Test
  final void anonymousVolumes_goWithTheirContainer_whenToldSo() {
    vch.containers()
        .create(ContainerSpec.builder(DB).name("db").volume("data", "/var/lib/db").build());
    vch.containers().removeWithVolumes("db");
    assertThat(vch.containers().list()).isEmpty();
    assertThat(vch.volumes().list()).extracting(Volume::name).containsExactly("data");
  }

  @Test
  final void anonymousVolumeThatAnotherContainerHas_stays() {
    ContainerVm db = vch.containers().create(ContainerSpec.builder(DB).name("db").build());
    Volume shared = vch.volumes().list().get(0);
    vch.containers().create(app("other").readOnlyVolume(shared.name(), "/shared").build());
    vch.containers().removeWithVolumes(db.name());
    assertThat(vch.volumes().list()).containsExactly(shared);
  }

  @Test
  final void containersOfAPod_shareOneDisk() {
    PodKey key = PodKey.of("web");
    vch.pods()
        .create(
            PodSpec.builder(key)
                .container(app("writer").volume("data", "/out").build())
                .container(app("reader").readOnlyVolume("data", "/in").build())
                .container(ContainerSpec.builder(DB).name("db").build())
                .build());
    Volume data = vch.volumes().get("data");
    assertThat(vch.volumes().list()).hasSize(3);
    assertThat(vch.volumes().users("data")).extracting(VolumeUser::readOnly).containsExactly(false);
    assertThat(vch.pods().get(key).spec().containers().get(1).volumes())
        .isEqualTo(app("x").readOnlyVolume("data", "/in").build().volumes());
    vch.pods().start(key);
    vch.pods().delete(key, GRACE);
    assertThat(vch.volumes().list()).containsExactly(data);
  }

  @Test
  final void failedCreation_leavesNoVolumeThatItMade() {
    Volume kept = vch.volumes().create(VolumeSpec.builder("kept").build());
    vch.containers().create(app("taken").build());
    assertThatThrownBy(
            () ->
                vch.pods()
                    .create(
                        PodSpec.builder("p")
                            .cpus(4096)
                            .container(
                                ContainerSpec.builder(DB)
                                    .name("c")
                                    .volume("kept", "/kept")
                                    .volume("new", "/new")
                                    .build())
                            .build()))
        .isInstanceOf(InvalidSpecException.class);
    assertThat(vch.volumes().list()).containsExactly(kept);
  }

  @Test
  final void wrongVolumes_areRefusedByField() {
    for (String path : List.of("", "/", "relative", "/a/../b", "/./a", "/a\0b")) {
      assertThatThrownBy(() -> app("a").volume("data", path))
          .isInstanceOf(InvalidSpecException.class)
          .hasMessageContaining("volumes");
    }
    assertThatThrownBy(() -> app("a").volume("no/name", "/data"))
        .isInstanceOf(InvalidSpecException.class);
    assertThatThrownBy(() -> app("a").volume("x", "/d").volume("y", "/d/").build())
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageContaining("'/d'");
    assertThat(vch.volumes().list()).isEmpty();
  }

  @Test
  final void youngAnonymousVolumes_areNotPruned() {
    vch.volumes().create(VolumeSpec.anonymous().build());
    assertThat(vch.volumes().prune()).isEmpty();
    assertThat(vch.volumes().list()).hasSize(1);
  }

  @Test
  final void collectionOfImages_leavesVolumes() {
    Volume data = vch.volumes().create(VolumeSpec.builder("data").build());
    vch.collectImages();
    assertThat(vch.volumes().find("data")).isEqualTo(Optional.of(data));
  }

  private static void copyIn(ContainerVm vm, String path, TestLayer files) throws IOException {
    vm.copyIn("main", path, new ByteArrayInputStream(files.tar().toArray()));
  }

  private static TestLayer file(String path, String text) {
    return TestLayer.builder().file(path, text).mode(0640).owner(7, 8).build();
  }

  /** The tar of a file, of a VM that may be on or off. */
  private static String copied(ContainerVm vm, String path) throws IOException {
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    try (CopiedFiles files = vm.copyOut("main", path, true)) {
      assertThat(files.stat().mode() & 0777).isEqualTo(0640);
      files.writeTo(tar);
    }
    TarReader reader = new TarReader(new ByteArrayInputStream(tar.toByteArray()));
    assertThat(reader.next()).isTrue();
    assertThat(reader.entry().gid()).isEqualTo(8);
    return new String(reader.contentStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  final void filesCopiedToAContainerThatIsOff_areThereWhenItRuns_andStay() throws Exception {
    ContainerVm vm = vch.containers().create(app("a").volume("data", "/data").build());
    copyIn(vm, "/etc", file("name", "changed"));
    copyIn(vm, "/", file("data/sub/file", "in the volume"));
    assertThat(copied(vm, "/etc/name")).isEqualTo("changed");
    assertThat(copied(vm, "/data/sub/file")).isEqualTo("in the volume");
    vm.start();
    vm.awaitStarted(Duration.ofMinutes(1));
    if (canAskGuests()) {
      assertThat(copied(vm, "/etc/name")).isEqualTo("changed");
      assertThat(copied(vm, "/data/sub/file")).isEqualTo("in the volume");
    }
    vm.kill();
    copyIn(vm, "/", file("etc/more", "more"));
    assertThat(copied(vm, "/etc/more")).isEqualTo("more");
    assertThat(copied(vm, "/etc/name")).isEqualTo("changed");
    assertThatThrownBy(() -> copyIn(vm, "/none", file("x", "x")))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(
            () ->
                vm.copyIn(
                    "main",
                    "/",
                    new ByteArrayInputStream(
                        "no tar".repeat(200).getBytes(StandardCharsets.UTF_8))))
        .isInstanceOf(InvalidArgumentException.class);
  }

  @Test
  final void containerThatIsStartedDuringACopy_isNotChanged() throws Exception {
    ContainerVm vm = vch.containers().create(app("a").build());
    byte[] tar = file("etc/late", "late").tar().toArray();
    InputStream starting =
        new SequenceInputStream(
            new ByteArrayInputStream(tar),
            new InputStream() {
              @Override
              public int read() {
                vm.start();
                return -1;
              }

              @Override
              public int read(byte[] target, int offset, int length) {
                return read();
              }
            });
    assertThatThrownBy(() -> vm.copyIn("main", "/", starting))
        .isInstanceOf(ConflictException.class);
    vm.kill();
    assertThatThrownBy(() -> copied(vm, "/etc/late")).isInstanceOf(NotFoundException.class);
    copyIn(vm, "/", file("etc/late", "now"));
    assertThat(copied(vm, "/etc/late")).isEqualTo("now");
    vm.start();
  }

  @Test
  final void volumeOfAnotherContainerThatIsOn_isNotCopiedTo() throws Exception {
    ContainerVm off = vch.containers().create(app("off").volume("data", "/data").build());
    ContainerVm on = vch.containers().create(app("on").readOnlyVolume("data", "/d").build());
    on.start();
    assertThatThrownBy(() -> copyIn(off, "/data", file("x", "x")))
        .isInstanceOf(ConflictException.class);
    copyIn(off, "/etc", file("x", "x"));
    on.kill();
    copyIn(off, "/data", file("x", "y"));
    assertThat(copied(off, "/data/x")).isEqualTo("y");
    assertThat(copied(on, "/d/x")).isEqualTo("y");
    assertThatThrownBy(() -> copyIn(on, "/d", file("x", "z")))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("read-only");
  }
}

package io.vic4j.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.ConflictException;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmState;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.image.CommitOptions;
import io.vic4j.image.Image;
import io.vic4j.image.ImageConfig;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.storage.ScratchDisks;
import io.vic4j.storage.overlay.OverlayFiles;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.TestImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What is read of containers that are off, and what becomes of the images that are made of them, on
 * every datastore whose disks are plain files. Extend it, and say how to open a host.
 */
public abstract class CommitContract {
  private static final String APP = "registry.test/app:1";
  private static final PodKey POD = PodKey.of("team", "app");
  private static final ImageReference PATCHED = ImageReference.parse("registry.test/app:patched");

  private VirtualContainerHost vch;

  /** For subclasses. */
  protected CommitContract() {}

  /** A new host. */
  protected abstract VirtualContainerHost newHost() throws Exception;

  /** The datastore of the host. */
  protected abstract Datastore datastore();

  /** Puts an image in the registry; its containers do this. */
  protected abstract void image(String reference, TestImage image, Script script) throws Exception;

  /** Closes the host. */
  protected abstract void close();

  @BeforeEach
  final void openHost() throws Exception {
    vch = newHost();
    image(APP, app(TestImage.Format.OCI), Script.runsForever());
  }

  private static TestImage app(TestImage.Format format) {
    return TestImage.builder()
        .format(format)
        .layer(
            layer ->
                layer
                    .directory("etc")
                    .file("etc/motd", "hello")
                    .directory("cache")
                    .file("cache/old", "old")
                    .file("gone", "x"))
        .layer(layer -> layer.directory("etc").file("etc/second", "two"))
        .entrypoint("/bin/app")
        .command("serve")
        .env("MODE", "fast")
        .env("HOME", "/")
        .label("tier", "web")
        .exposedPort("80/tcp")
        .build();
  }

  @AfterEach
  final void nothingLiesAbout() {
    boolean unused = Thread.interrupted();
    try {
      assertThat(datastore().list(DatastorePath.parse("tmp"))).isEmpty();
      assertThat(datastore().list(DatastorePath.parse("leases"))).isEmpty();
    } finally {
      close();
    }
  }

  private ContainerVm container(String name) {
    return vch.containers().create(ContainerSpec.builder(APP).name(name).build());
  }

  /** A container that has written something. */
  private ContainerVm changed(String name) {
    ContainerVm vm = container(name);
    WrittenScratch.write(
        datastore(),
        vm.spec(),
        disk ->
            disk.file("etc/motd", "changed")
                .whiteout("gone")
                .opaque("cache")
                .file("cache/new", "new")
                .file("srv/data", "data")
                .hardLink("srv/again", "srv/data")
                .symlink("link", "srv/data"));
    return vm;
  }

  /** A pod of which one container of two has written something. */
  private void changedPod() {
    vch.pods()
        .create(
            PodSpec.builder(POD)
                .container(ContainerSpec.builder(APP).name("still").build())
                .container(ContainerSpec.builder(APP).name("busy").build())
                .build());
    DatastorePath folder =
        datastore().list(DatastorePath.parse("containers")).stream()
            .map(DatastoreEntry::path)
            .filter(path -> path.name().endsWith("-busy"))
            .findAny()
            .orElseThrow();
    WrittenScratch.write(
        datastore(),
        DiskAttachment.scratch(folder.resolve("scratch.vmdk"), ScratchDisks.fileSystemUuid(2)),
        disk -> disk.file("etc/motd", "changed"));
  }

  private String read(String container, String path) throws IOException {
    return read(vch.containers().files(container), path);
  }

  private static String read(OverlayFiles files, String path) throws IOException {
    try (files;
        InputStream in = files.read(path)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private byte[] all(String container) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OverlayFiles files = vch.containers().files(container)) {
      files.copyOut("/", out);
    }
    return out.toByteArray();
  }

  @Test
  final void filesOfAContainerThatIsOff_areThoseThatItSaw() throws IOException {
    changed("a");
    assertThat(read("a", "/etc/motd")).isEqualTo("changed");
    assertThat(read("a", "/etc/second")).isEqualTo("two");
    assertThat(read("a", "/link")).isEqualTo("data");
    try (OverlayFiles files = vch.containers().files("a")) {
      assertThat(files.find("/gone")).isEmpty();
      assertThat(files.find("/cache/old")).isEmpty();
      assertThat(files.list("/cache")).hasToString("[new]");
    }
  }

  @Test
  final void filesOfAFreshContainer_areThoseOfItsImage() throws IOException {
    container("a");
    assertThat(read("a", "/etc/motd")).isEqualTo("hello");
    assertThat(read("a", "/gone")).isEqualTo("x");
  }

  @Test
  final void volumes_areReadWhereTheyAreMounted_andNotCommitted() throws IOException {
    ContainerVm vm =
        vch.containers()
            .create(ContainerSpec.builder(APP).name("a").volume("data", "/etc/data").build());
    DiskAttachment disk =
        vm.spec().disks().stream().filter(it -> it.role().isVolume()).findAny().orElseThrow();
    WrittenScratch.writeVolume(datastore(), disk, volume -> volume.file("note", "kept"));
    assertThat(read("a", "/etc/data/note")).isEqualTo("kept");
    Image image = vch.containers().commit("a", CommitOptions.DEFAULT);
    vch.containers().create(ContainerSpec.builder(image).name("b").build());
    try (OverlayFiles files = vch.containers().files("b")) {
      assertThat(files.find("/etc/data")).isEmpty();
    }
  }

  @Test
  final void containerOfACommittedImage_seesTheChange() throws IOException {
    changed("a");
    Image image =
        vch.containers().commit("a", CommitOptions.builder().name(PATCHED.toString()).build());
    assertThat(vch.images().find(PATCHED)).contains(image);
    assertThat(image.diffIds()).hasSize(3);
    ContainerVm vm = vch.containers().create(ContainerSpec.builder(PATCHED).name("b").build());
    assertThat(read("b", "/etc/motd")).isEqualTo("changed");
    assertThat(all("b")).isEqualTo(all("a"));
    vm.start();
    assertThat(vm.awaitStarted(Duration.ofMinutes(1)).state())
        .isNotEqualTo(ContainerVmState.CREATED);
  }

  @Test
  final void configIsThatOfTheImage_withTheChanges() {
    changed("a");
    Image image =
        vch.containers()
            .commit(
                "a",
                CommitOptions.builder()
                    .author("somebody")
                    .comment("patched")
                    .env("MODE", "slow")
                    .env("NEW", "a=b")
                    .cmd("run", "-x")
                    .label("tier", "db")
                    .label("more", "")
                    .user("1000:1000")
                    .workingDir("/srv")
                    .expose("443/tcp")
                    .volume("/data")
                    .stopSignal("SIGINT")
                    .build());
    ImageConfig config = image.config();
    assertThat(config.env()).containsExactly("MODE=slow", "HOME=/", "NEW=a=b");
    assertThat(config.entrypoint()).containsExactly("/bin/app");
    assertThat(config.cmd()).containsExactly("run", "-x");
    assertThat(config.labels()).isEqualTo(Map.of("tier", "db", "more", ""));
    assertThat(config.user()).isEqualTo("1000:1000");
    assertThat(config.workingDir()).isEqualTo("/srv");
    assertThat(config.exposedPorts()).containsExactly("443/tcp", "80/tcp");
    assertThat(config.volumes()).containsExactly("/data");
    assertThat(config.stopSignal()).contains("SIGINT");
    assertThat(config.author()).contains("somebody");
    assertThat(config.created()).isPresent();
    assertThat(config.history()).hasSize(3);
    assertThat(config.history().get(2))
        .isEqualTo(new ImageConfig.History("/bin/app serve", "patched", false));
  }

  @Test
  final void newEntrypoint_leavesNoCmd() {
    container("a");
    ImageConfig config =
        vch.containers()
            .commit("a", CommitOptions.builder().entrypoint("/bin/sh", "-c").build())
            .config();
    assertThat(config.entrypoint()).containsExactly("/bin/sh", "-c");
    assertThat(config.cmd()).isEmpty();
  }

  @Test
  final void containerThatWroteNothing_givesNoLayer_butAStepOfTheHistory() throws IOException {
    ContainerVm vm = container("a");
    Image base = vch.images().find(ImageReference.parse(APP)).orElseThrow();
    Image image = vch.containers().commit("a", CommitOptions.builder().env("A", "b").build());
    assertThat(image.layers()).isEqualTo(base.layers());
    assertThat(image.id()).isNotEqualTo(base.id());
    assertThat(image.config().history().get(2).emptyLayer()).isTrue();
    WrittenScratch.write(datastore(), vm.spec(), disk -> {});
    assertThat(vch.containers().commit("a", CommitOptions.builder().env("A", "b").build()))
        .isEqualTo(image);
    vch.containers().create(ContainerSpec.builder(image).name("b").build());
    assertThat(read("b", "/etc/motd")).isEqualTo("hello");
  }

  @Test
  final void readOnlyContainer_givesNoLayer() {
    vch.containers().create(ContainerSpec.builder(APP).name("a").readOnlyRoot(true).build());
    assertThat(vch.containers().commit("a", CommitOptions.DEFAULT).layers()).hasSize(2);
  }

  @Test
  final void sameDiskAtTheSameTime_makesTheSameImage() {
    changed("a");
    changed("b");
    Image one = vch.containers().commit("a", CommitOptions.DEFAULT);
    assertThat(vch.containers().commit("a", CommitOptions.DEFAULT)).isEqualTo(one);
    assertThat(vch.containers().commit("b", CommitOptions.DEFAULT).id()).isEqualTo(one.id());
  }

  @Test
  final void committedImage_canBeCommittedAgain() throws IOException {
    changed("a");
    Image once = vch.containers().commit("a", CommitOptions.DEFAULT);
    ContainerVm vm = vch.containers().create(ContainerSpec.builder(once).name("b").build());
    WrittenScratch.write(
        datastore(), vm.spec(), disk -> disk.file("gone", "back").whiteout("cache"));
    Image twice = vch.containers().commit("b", CommitOptions.DEFAULT);
    assertThat(twice.diffIds()).hasSize(4);
    vch.containers().create(ContainerSpec.builder(twice).name("c").build());
    assertThat(read("c", "/gone")).isEqualTo("back");
    assertThat(all("c")).isEqualTo(all("b"));
  }

  @Test
  final void containerThatIsOn_isNeitherReadNorCommitted() {
    ContainerVm vm = changed("a");
    vm.start();
    assertThatThrownBy(() -> vch.containers().commit("a", CommitOptions.DEFAULT))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("stop it first");
    assertThatThrownBy(() -> vch.containers().files("a"))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("stop it first");
    vm.kill();
    assertThat(vch.containers().commit("a", CommitOptions.DEFAULT).diffIds()).hasSize(3);
  }

  @Test
  final void containerOfAPod_isReadAndCommitted_withWhatItWroteItself() throws IOException {
    changedPod();
    assertThat(read(vch.pods().files(POD, "busy"), "/etc/motd")).isEqualTo("changed");
    assertThat(read(vch.pods().files(POD, "still"), "/etc/motd")).isEqualTo("hello");
    Image image =
        vch.pods().commit(POD, "busy", CommitOptions.builder().name(PATCHED.toString()).build());
    assertThat(vch.images().find(PATCHED)).contains(image);
    assertThat(image.diffIds()).hasSize(3);
    assertThat(image.config().history().get(2).createdBy()).isEqualTo("/bin/app serve");
    vch.containers().create(ContainerSpec.builder(PATCHED).name("b").build());
    assertThat(read("b", "/etc/motd")).isEqualTo("changed");
    assertThat(vch.pods().commit(POD, "still", CommitOptions.DEFAULT).diffIds()).hasSize(2);
  }

  @Test
  final void containerOfAPodThatIsOn_isNeitherReadNorCommitted() {
    changedPod();
    vch.pods().start(POD);
    assertThatThrownBy(() -> vch.pods().commit(POD, "busy", CommitOptions.DEFAULT))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("stop it first");
    assertThatThrownBy(() -> vch.pods().files(POD, "busy"))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("stop it first");
    vch.pods().stop(POD, Duration.ZERO);
    assertThat(vch.pods().commit(POD, "busy", CommitOptions.DEFAULT).diffIds()).hasSize(3);
  }

  @Test
  final void unknownContainerOfAPod_isNotFound() {
    changedPod();
    PodKey none = PodKey.of("team", "none");
    assertThatThrownBy(() -> vch.pods().commit(none, "busy", CommitOptions.DEFAULT))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("team/none");
    assertThatThrownBy(() -> vch.pods().commit(POD, "other", CommitOptions.DEFAULT))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("team/app/other");
    assertThatThrownBy(() -> vch.pods().files(POD, "other")).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> vch.containers().commit("busy", CommitOptions.DEFAULT))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  final void unknownContainer_isNotFound() {
    assertThatThrownBy(() -> vch.containers().commit("none", CommitOptions.DEFAULT))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> vch.containers().files("none")).isInstanceOf(NotFoundException.class);
  }

  @Test
  final void committedImage_outlivesItsContainer_andIsCollectedWhenNobodyNamesIt()
      throws IOException {
    ContainerVm vm = changed("a");
    Image image = vch.containers().commit("a", CommitOptions.DEFAULT);
    vm.remove();
    assertThat(vch.collectImages().layers()).isEmpty();
    vch.containers().create(ContainerSpec.builder(image).name("b").build()).remove();
    assertThat(vch.images().remove(image.id())).isTrue();
    assertThat(vch.collectImages().layers()).containsExactly(image.diffIds().get(2));
  }

  @Test
  final void name_isTakenFromWhatHadIt() {
    changed("a");
    Image base = vch.images().find(ImageReference.parse(APP)).orElseThrow();
    Image image = vch.containers().commit("a", CommitOptions.builder().name(APP).build());
    assertThat(vch.images().find(ImageReference.parse(APP))).contains(image);
    assertThat(image.id()).isNotEqualTo(base.id());
    assertThatThrownBy(() -> CommitOptions.builder().name("app@" + base.manifestDigest()).build())
        .isInstanceOf(InvalidArgumentException.class);
  }

  @Test
  final void dockersImage_staysOneOfDockers() throws Exception {
    image("registry.test/docker:1", app(TestImage.Format.DOCKER), Script.runsForever());
    ContainerVm vm =
        vch.containers().create(ContainerSpec.builder("registry.test/docker:1").name("a").build());
    WrittenScratch.write(datastore(), vm.spec(), disk -> disk.file("new", "x"));
    Image image = vch.containers().commit("a", CommitOptions.DEFAULT);
    assertThat(image.manifest().mediaType()).contains("docker");
    assertThat(image.layers().get(2).blob().mediaType())
        .isEqualTo("application/vnd.docker.image.rootfs.diff.tar");
  }

  @Test
  final void whatNoLayerCanHold_failsWhole() {
    ContainerVm vm = container("a");
    WrittenScratch.write(datastore(), vm.spec(), disk -> disk.file("d/.wh.file", "x"));
    assertThatThrownBy(
            () ->
                vch.containers()
                    .commit("a", CommitOptions.builder().name(PATCHED.toString()).build()))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("d/.wh.file");
    assertThat(vch.images().find(PATCHED)).isEmpty();
  }

  @Test
  final void progress_tellsOfTheLayer() {
    changed("a");
    List<String> told = new ArrayList<>();
    Progress progress = Progress.to(event -> told.add(event.toString()));
    Image image = vch.containers().commit("a", CommitOptions.DEFAULT, progress);
    assertThat(told).anyMatch(event -> event.contains(image.diffIds().get(2).shortHex()));
  }
}

package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.ImageReference;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.CopiedFiles;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.DiskAttachment.Role;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.Signal;
import io.vic4j.core.vm.TooManyDisksException;
import io.vic4j.core.vm.VmRecord;
import io.vic4j.image.CollectedImages;
import io.vic4j.image.Image;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.Containers;
import io.vic4j.pod.Pod;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodPhase;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.PullPolicy;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.storage.ScratchDisks;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a host makes of its parts. */
@ExtendWith(VicExtension.class)
final class VirtualContainerHostTest {
  private static final String WEB = "registry.test/web:1";
  private static final String LOG = "registry.test/log:1";
  private static final PodKey KEY = PodKey.of("web");

  private TestVch vch;
  private VirtualContainerHost host;

  @BeforeEach
  void open(TestVch fresh) {
    vch = fresh;
    host = fresh.host();
  }

  private static ContainerSpec.Builder container(String name) {
    return ContainerSpec.builder(WEB).name(name);
  }

  private Pod pod(ContainerSpec... containers) {
    PodSpec.Builder spec = PodSpec.builder(KEY);
    for (ContainerSpec container : containers) {
      spec.container(container);
    }
    return host.pods().create(spec.build());
  }

  private List<DiskAttachment> attached(String vmId) {
    try (ContainerVms vms = ContainerVms.over(vch.hypervisor(), "default", vch.clock(), () -> "")) {
      return vms.get(vmId).spec().disks();
    }
  }

  private List<Role> disks(String vmId) {
    return attached(vmId).stream().map(DiskAttachment::role).toList();
  }

  private List<UUID> scratchFileSystems(String vmId) {
    return attached(vmId).stream()
        .filter(disk -> disk.role() == Role.SCRATCH)
        .map(DiskAttachment::fileSystem)
        .toList();
  }

  @Test
  void container_livesFromImageToExit() {
    vch.image(WEB).runs(Script.prints("hello").exits(7));
    ContainerVm vm =
        host.containers()
            .create(
                container("app-1")
                    .memory(MemorySize.ofMebibytes(510))
                    .env("MODE", "fast")
                    .label("team", "a")
                    .build());
    assertThat(vm.spec().memory()).isEqualTo(MemorySize.ofMebibytes(512));
    assertThat(vm.spec().labels()).containsEntry("team", "a");
    assertThat(vm.spec().sessions().get(0).env()).containsEntry("MODE", "fast");
    vm.start();
    assertThat(vm.awaitExit(Duration.ofMinutes(5))).isEqualTo(ExitStatus.exited(7));
    assertThat(vm.logs("main").text()).isEqualTo("hello\n");
    vm.remove();
    assertThat(host.containers().list()).isEmpty();
    assertThat(vch.datastore().list(DatastorePath.parse("containers"))).isEmpty();
  }

  @Test
  void containers_areFoundByNameAndIdentifier_andPodsAreNotAmongThem() {
    vch.image(WEB).runs(Script.runsForever());
    pod(container("web").build());
    ContainerVm vm = host.containers().create(container("app").build());
    assertThat(host.containers().list()).containsExactly(vm);
    assertThat(host.containers().get("app")).isEqualTo(vm);
    assertThat(host.containers().get(vm.id())).isEqualTo(vm);
    assertThat(host.containers().find("pod_default_web")).isEmpty();
    assertThat(host.pods().list()).hasSize(1);
    assertThatThrownBy(() -> host.containers().get("nobody"))
        .isInstanceOf(NotFoundException.class)
        .hasMessage("container not found: nobody");
  }

  @Test
  void scratchDisks_differWithinAMachine_andAreAlikeInAllMachines() {
    vch.image(WEB).runs(Script.runsForever());
    pod(container("a").build(), container("b").build());
    ContainerVm single = host.containers().create(container("app").build());
    String podVm =
        vch.hypervisor().list("default").stream()
            .map(VmRecord::id)
            .filter(id -> !id.equals(single.id()))
            .findFirst()
            .orElseThrow();
    UUID first = ScratchDisks.fileSystemUuid(1);
    assertThat(scratchFileSystems(podVm)).containsExactly(first, ScratchDisks.fileSystemUuid(2));
    assertThat(scratchFileSystems(single.id())).containsExactly(first);
  }

  @Test
  void virtualDisks_serveAsPlainOnesDo() {
    try (TestVch other = TestVch.builder().virtualDisks().build()) {
      other.image(WEB).runs(Script.prints("hello").exits(0));
      ContainerVm vm = other.host().containers().create(container("app").build());
      vm.start();
      assertThat(vm.awaitExit(Duration.ofMinutes(5))).isEqualTo(ExitStatus.exited(0));
      vm.remove();
      assertThat(other.datastore().list(DatastorePath.parse("containers"))).isEmpty();
      // The template is for the next one.
      assertThat(other.datastore().list(DatastorePath.parse("scratch"))).hasSize(1);
    }
  }

  @Test
  void containerWithoutAName_getsOne() {
    vch.image(WEB).runs(Script.runsForever());
    ContainerVm vm = host.containers().create(ContainerSpec.builder(WEB).build());
    assertThat(host.containers().find(vm.name())).contains(vm);
  }

  @Test
  void containerNameThatIsTaken_isRefused() {
    vch.image(WEB).runs(Script.runsForever());
    host.containers().create(container("app").build());
    assertThatThrownBy(() -> host.containers().create(container("app").build()))
        .isInstanceOf(AlreadyExistsException.class)
        .hasMessage("container already exists: app");
  }

  @Test
  void imageOfAContainer_isKnown() {
    ImageReference reference = vch.image(WEB).runs(Script.runsForever());
    Image image = host.images().find(reference).orElseThrow();
    ContainerVm vm = host.containers().create(ContainerSpec.builder(image).build());
    assertThat(Containers.imageId(vm.spec(), "main")).contains(image.id());
  }

  @Test
  void layersThatContainersShare_areAttachedOnce() {
    vch.image(WEB).runs(Script.runsForever());
    vch.image(LOG).runs(Script.runsForever());
    Pod pod =
        pod(
            container("one").build(),
            container("two").build(),
            ContainerSpec.builder(LOG).name("log").build());
    // Both images have a layer in common and one of their own; each container has a scratch disk.
    assertThat(disks(pod.vmId()))
        .containsExactlyInAnyOrder(
            Role.LAYER, Role.LAYER, Role.LAYER, Role.SCRATCH, Role.SCRATCH, Role.SCRATCH);
  }

  @Test
  void containerThatOnlyReads_hasNoScratchDisk() {
    vch.image(WEB).runs(Script.runsForever());
    Pod pod = pod(container("web").readOnlyRoot(true).build());
    assertThat(disks(pod.vmId())).containsExactly(Role.LAYER, Role.LAYER);
  }

  @Test
  void emptyLayer_takesNoSlot() {
    TestImage image =
        TestImage.builder()
            .layer(layer -> layer.file("a", "a"))
            .layer(layer -> layer)
            .entrypoint("/a")
            .build();
    vch.image(WEB).content(image).runs(Script.runsForever());
    assertThat(disks(pod(container("web").build()).vmId()))
        .containsExactly(Role.LAYER, Role.SCRATCH);
  }

  @Test
  void containerThatIsOff_isCopiedFrom_andLinksAreFollowedWithinItsRoot() throws Exception {
    TestImage image =
        TestImage.builder()
            .layer(
                layer ->
                    layer
                        .directory("deep")
                        .directory("deep/real")
                        .file("deep/real/data", "what it holds")
                        .symlink("short", "deep/real")
                        .symlink("deep/out", "../../../short/data"))
            .entrypoint("/a")
            .build();
    vch.image(WEB).content(image).runs(Script.runsForever());
    ContainerVm vm = host.containers().create(container("web").build());
    try (CopiedFiles link = vm.copyOut("main", "/deep/out", false)) {
      assertThat(link.stat().linkTarget()).isEqualTo("../../../short/data");
    }
    try (CopiedFiles file = vm.copyOut("main", "/deep/out", true)) {
      assertThat(file.stat().name()).isEqualTo("data");
      assertThat(file.stat().sizeBytes()).isEqualTo(13);
      ByteArrayOutputStream tar = new ByteArrayOutputStream();
      file.writeTo(tar);
      assertThat(tar.toString(StandardCharsets.UTF_8)).contains("what it holds");
    }
    assertThatThrownBy(() -> vm.copyOut("main", "/nothing", true))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void moreContainersThanSlots_areRefusedBeforeAnythingIsMade() {
    List<ContainerSpec> containers = new ArrayList<>();
    for (int i = 0; i < 31; i++) {
      String text = "image " + i;
      String name = "registry.test/image:" + i;
      TestImage image =
          TestImage.builder()
              .layer(layer -> layer.file("a", text))
              .layer(layer -> layer.file("b", text))
              .entrypoint("/a")
              .build();
      vch.image(name).content(image).runs(Script.runsForever());
      containers.add(ContainerSpec.builder(name).name("c" + i).build());
    }
    assertThatThrownBy(() -> pod(containers.toArray(ContainerSpec[]::new)))
        .isInstanceOfSatisfying(
            TooManyDisksException.class, e -> assertThat(e.count()).isEqualTo(62))
        .hasMessageContaining("run fewer containers in one VM");
    assertThat(vch.datastore().list(DatastorePath.parse("containers"))).isEmpty();
    assertThat(vch.datastore().list(DatastorePath.parse("layers/sha256"))).hasSize(62);
  }

  @Test
  void imageOfSeveralContainers_isPulledOnce_andAlwaysAsksAgain() {
    vch.image(WEB).onlyInRegistry().runs(Script.runsForever());
    pod(container("one").build(), container("two").pullPolicy(PullPolicy.ALWAYS).build());
    assertThat(vch.registry().pulls()).isEqualTo(1);
    host.pods().delete(KEY);
    pod(container("one").build());
    assertThat(vch.registry().pulls()).isEqualTo(1);
    host.pods().delete(KEY);
    pod(container("one").pullPolicy(PullPolicy.ALWAYS).build());
    assertThat(vch.registry().pulls()).isEqualTo(2);
  }

  @Test
  void hosts_seeNothingOfEachOther() {
    vch.image(WEB).runs(Script.runsForever());
    pod(container("web").build());
    VirtualContainerHost other = vch.open(VchName.of("other"));
    assertThat(other.pods().list()).isEmpty();
    assertThat(other.images().list().images()).isEmpty();
    other.pods().create(PodSpec.builder(KEY).container(container("web").build()).build());
    assertThat(host.pods().list()).hasSize(1);
  }

  @Test
  void collect_keepsWhatPodsOfAnyHostNeed_andRemovesTheRest() {
    ImageReference web = vch.image(WEB).onlyInRegistry().runs(Script.runsForever());
    ImageReference log = vch.image(LOG).runs(Script.runsForever());
    VirtualContainerHost other = vch.open(VchName.of("other"));
    other.pods().create(PodSpec.builder(KEY).container(container("web").build()).build());
    Image needed = other.images().find(web).orElseThrow();
    Image unneeded = host.images().find(log).orElseThrow();
    other.images().remove(needed.id());
    host.images().remove(unneeded.id());

    CollectedImages collected = host.collectImages();
    assertThat(collected.images()).containsExactly(unneeded.id());
    assertThat(collected.layers()).containsExactly(unneeded.diffIds().get(1));
    other.pods().start(KEY);
    assertThat(other.pods().status(KEY).phase()).isEqualTo(PodPhase.RUNNING);

    other.pods().delete(KEY);
    assertThat(host.collectImages().images()).containsExactly(needed.id());
  }

  @Test
  void powerLost_isAFailureThatSaysSo() {
    vch.image(WEB).runs(Script.runsForever());
    Pod pod = pod(container("web").build());
    host.pods().start(KEY);
    vch.hypervisor().powerOff(pod.vmId());
    assertThat(host.pods().status(KEY).phase()).isEqualTo(PodPhase.FAILED);
    assertThat(host.pods().status(KEY).reason()).isEqualTo("PoweredOff");
    assertThat(host.pods().start(KEY).phase()).isEqualTo(PodPhase.RUNNING);
  }

  @Test
  void suspendedAndLostPods_areUnknown() {
    vch.image(WEB).runs(Script.runsForever());
    Pod pod = pod(container("web").build());
    host.pods().start(KEY);
    vch.hypervisor().suspend(pod.vmId());
    assertThat(host.pods().status(KEY).phase()).isEqualTo(PodPhase.UNKNOWN);
    assertThat(host.pods().status(KEY).reason()).isEqualTo("Suspended");
    assertThat(host.pods().start(KEY).phase()).isEqualTo(PodPhase.RUNNING);
  }

  @Test
  void bootingPod_isPending() {
    try (TestVch slow = TestVch.builder().bootDuration(Duration.ofSeconds(2)).build()) {
      slow.image(WEB).runs(Script.runsForever());
      PodSpec spec = PodSpec.builder(KEY).container(container("web").build()).build();
      slow.host().pods().create(spec);
      assertThat(slow.host().pods().start(KEY).phase()).isEqualTo(PodPhase.PENDING);
      slow.clock().advance(Duration.ofSeconds(2));
      assertThat(slow.host().pods().status(KEY).phase()).isEqualTo(PodPhase.RUNNING);
    }
  }

  @Test
  void deleteWithoutGrace_cutsAnotherShort() throws Exception {
    VirtualClock clock = VirtualClock.manual();
    try (TestVch real = TestVch.builder().clock(clock).build()) {
      real.image(WEB).runs(Script.runsForever().ignores(Signal.TERM));
      PodSpec spec = PodSpec.builder(KEY).container(container("web").build()).build();
      real.host().pods().create(spec);
      real.host().pods().start(KEY);
      CountDownLatch begun = new CountDownLatch(1);
      FutureTask<Void> patient =
          new FutureTask<>(
              () -> {
                begun.countDown();
                real.host().pods().stop(KEY, Duration.ofDays(1));
              },
              null);
      Thread thread = new Thread(patient);
      thread.start();
      begun.await();
      clock.awaitWaiters(1);
      real.host().pods().delete(KEY, Duration.ZERO);
      patient.get();
      thread.join();
      assertThat(real.host().pods().list()).isEmpty();
    }
  }

  @Test
  void thousandPods_areListedInOrder() {
    vch.image(WEB).runs(Script.runsForever());
    for (int i = 0; i < 1000; i++) {
      PodKey key = PodKey.of("pod-" + i);
      host.pods().create(PodSpec.builder(key).container(container("web").build()).build());
      host.pods().start(key);
    }
    assertThat(vch.reopen().pods().list())
        .hasSize(1000)
        .isSortedAccordingTo((one, other) -> one.key().compareTo(other.key()))
        .allMatch(pod -> pod.phase() == PodPhase.RUNNING);
  }

  @Test
  void closedHost_leavesItsVmsRunning() {
    vch.image(WEB).runs(Script.runsForever());
    pod(container("web").build());
    host.pods().start(KEY);
    host.close();
    host.close();
    assertThat(vch.reopen().pods().status(KEY).phase()).isEqualTo(PodPhase.RUNNING);
  }

  @Test
  void hostWithoutAHypervisor_isAMisuse() {
    assertThatThrownBy(
            () -> VirtualContainerHost.builder().datastore(MemoryDatastore.create()).build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("hypervisor");
  }
}

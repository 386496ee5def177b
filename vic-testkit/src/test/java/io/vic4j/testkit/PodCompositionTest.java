package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.ImageReference;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.GuestProtocol;
import io.vic4j.core.vm.HostEntry;
import io.vic4j.core.vm.InvalidSpecException;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.SessionLifecycle;
import io.vic4j.core.vm.SessionResources;
import io.vic4j.core.vm.SessionRole;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.TooManyDisksException;
import io.vic4j.core.vm.VmRecord;
import io.vic4j.core.vm.VmShares;
import io.vic4j.core.vm.VolumeMount;
import io.vic4j.image.ImageSources;
import io.vic4j.pod.ContainerMount;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.Pod;
import io.vic4j.pod.PodFile;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodListener;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.PodVolume;
import io.vic4j.pod.Resolver;
import io.vic4j.storage.ext4.Ext4Reader;
import io.vic4j.storage.volume.VolumeSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What VM a pod becomes: its disks, its mounts, its size; and what of it can be changed. */
@ExtendWith(VicExtension.class)
final class PodCompositionTest {
  private static final String IMAGE = "registry.test/app:1";
  private static final PodKey KEY = PodKey.of("team", "web");

  private final TestVch vch;

  PodCompositionTest(TestVch vch) {
    this.vch = vch;
  }

  @BeforeEach
  void image() {
    vch.image(IMAGE).runs(Script.runsForever());
  }

  private static ContainerSpec.Builder container(String name) {
    return ContainerSpec.builder(IMAGE).name(name);
  }

  private ContainerVmSpec made(PodSpec spec) {
    Pod pod = vch.host().pods().create(spec);
    VmRecord record = vch.hypervisor().find(pod.vmId()).orElseThrow();
    return GuestProtocol.decodeSpec(record.name(), record.variables());
  }

  private static SessionSpec session(ContainerVmSpec vm, String name) {
    return vm.sessions().stream().filter(it -> it.name().equals(name)).findFirst().orElseThrow();
  }

  private String content(ContainerVmSpec vm, VolumeMount mount, String file) throws IOException {
    DatastorePath vmdk =
        vm.disks().stream()
            .filter(disk -> disk.fileSystem().equals(mount.fileSystem()))
            .map(DiskAttachment::vmdk)
            .findFirst()
            .orElseThrow();
    DatastorePath extent = vmdk.parent().resolve(vmdk.name().replace(".vmdk", "-flat.vmdk"));
    try (DatastoreReader reader = vch.datastore().open(extent)) {
      Ext4Reader fs = Ext4Reader.open(reader);
      try (InputStream in = fs.read(fs.find("/" + mount.subPath() + "/" + file).orElseThrow())) {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
      }
    }
  }

  @Test
  void volumesOfAPod_areDisksOfItsVm_sharedByItsContainers() throws IOException {
    ContainerVmSpec vm =
        made(
            PodSpec.builder(KEY)
                .volume(PodVolume.Empty.of("work"))
                .volume(new PodVolume.Empty("fast", true, OptionalLong.of(1 << 20)))
                .volume(
                    new PodVolume.Files(
                        "config",
                        List.of(PodFile.of("a/b.txt", "hello"), PodFile.of("c.txt", "more"))))
                .container(
                    container("one")
                        .mount(ContainerMount.of("work", "/work"))
                        .mount(ContainerMount.of("fast", "/fast"))
                        .mount(ContainerMount.of("config", "/config"))
                        .build())
                .container(
                    container("two").mount(new ContainerMount("work", "/in", "sub", true)).build())
                .build());
    List<VolumeMount> one = session(vm, "one").mounts();
    List<VolumeMount> two = session(vm, "two").mounts();
    assertThat(one).extracting(VolumeMount::path).containsExactly("/work", "/fast", "/config");
    assertThat(one).extracting(VolumeMount::seeded).containsOnly(false);
    assertThat(two)
        .containsExactly(
            new VolumeMount(
                one.get(0).fileSystem(), "/in", true, "sub", false, OptionalLong.empty()));
    assertThat(vm.memoryVolumes()).hasSize(1);
    assertThat(vm.memoryVolumes().get(0).fileSystem()).isEqualTo(one.get(1).fileSystem());
    assertThat(one.get(2).readOnly()).isTrue();
    assertThat(content(vm, one.get(2), "a/b.txt")).isEqualTo("hello");
    assertThat(content(vm, one.get(2), "c.txt")).isEqualTo("more");
  }

  @Test
  void volumesOfAPod_goWithIt_andThoseOfTheHostStay() {
    vch.host().volumes().create(VolumeSpec.builder("data").build());
    made(
        PodSpec.builder(KEY)
            .volume(PodVolume.Empty.of("work"))
            .volume(new PodVolume.Named("kept", "data", false))
            .volume(new PodVolume.Files("config", List.of(PodFile.of("a", "b"))))
            .container(
                container("one")
                    .mount(ContainerMount.of("work", "/work"))
                    .mount(ContainerMount.of("kept", "/kept"))
                    .mount(ContainerMount.of("config", "/config"))
                    .build())
            .build());
    assertThat(vch.datastore().list(DatastorePath.parse("containers"))).hasSize(3);
    vch.host().pods().delete(KEY, Duration.ZERO);
    assertThat(vch.datastore().list(DatastorePath.parse("containers"))).isEmpty();
    assertThat(vch.host().volumes().find("data")).isPresent();
  }

  @Test
  void volumeOfTheHostThatIsNotThere_isNotMade_andNothingStays() {
    PodSpec spec =
        PodSpec.builder(KEY)
            .volume(PodVolume.Empty.of("work"))
            .volume(new PodVolume.Named("kept", "nowhere", false))
            .container(container("one").mount(ContainerMount.of("kept", "/kept")).build())
            .build();
    assertThatThrownBy(() -> vch.host().pods().create(spec))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("nowhere");
    assertThat(vch.host().volumes().find("nowhere")).isEmpty();
    assertThat(vch.datastore().list(DatastorePath.parse("containers"))).isEmpty();
  }

  @Test
  void mountOfAVolumeThatThePodHasNot_isRefused() {
    PodSpec.Builder spec =
        PodSpec.builder(KEY)
            .container(container("one").mount(ContainerMount.of("work", "/work")).build());
    assertThatThrownBy(spec::build)
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageContaining("containers[one].mounts");
  }

  @Test
  void whatAFileHolds_isNotKeptBesideItsDisk() {
    PodSpec spec =
        PodSpec.builder(KEY)
            .volume(new PodVolume.Files("secret", List.of(PodFile.of("key", "hunter2"))))
            .container(container("one").mount(ContainerMount.of("secret", "/s")).build())
            .build();
    Pod pod = vch.host().pods().create(spec);
    VmRecord record = vch.hypervisor().find(pod.vmId()).orElseThrow();
    assertThat(record.variables().toString()).doesNotContain("hunter2");
    assertThat(vch.host().pods().get(KEY).spec().volumes().toString()).contains("key");
  }

  @Test
  void sizeOfTheVm_isThatOfWhatRunsTogether_orOfTheLargestThatPrepares() {
    ContainerVmSpec vm =
        made(
            PodSpec.builder(KEY)
                .initContainer(container("large").resources(limits(3000, 1000)).build())
                .initContainer(
                    container("helper")
                        .resources(limits(500, 100))
                        .lifecycle(SessionLifecycle.DEFAULT.withRole(SessionRole.SIDECAR))
                        .build())
                .container(container("one").resources(limits(500, 200)).build())
                .container(container("two").resources(limits(250, 200)).build())
                .build());
    assertThat(vm.cpus()).isEqualTo(3);
    assertThat(vm.memory()).isEqualTo(MemorySize.ofMebibytes(1000 + 64));
    assertThat(session(vm, "large").lifecycle().role()).isEqualTo(SessionRole.INIT);
    assertThat(vm.sessions()).extracting(SessionSpec::name).startsWith("one", "two");
  }

  @Test
  void whatAPodRequests_isWhatItsVmWeighs() {
    SessionResources request =
        new SessionResources(
            OptionalLong.of(250),
            OptionalLong.empty(),
            OptionalLong.of(64 << 20),
            OptionalLong.empty());
    Pod pod =
        vch.host()
            .pods()
            .create(
                PodSpec.builder(KEY)
                    .container(container("one").resources(request).build())
                    .container(container("two").resources(request).build())
                    .build());
    assertThat(vch.hypervisor().definition(pod.vmId()).orElseThrow().shares())
        .isEqualTo(new VmShares(OptionalLong.of(500), OptionalLong.of(128 << 20)));
  }

  private static SessionResources limits(long cpuMillis, long mebibytes) {
    return new SessionResources(
        OptionalLong.empty(),
        OptionalLong.of(cpuMillis),
        OptionalLong.empty(),
        OptionalLong.of(mebibytes << 20));
  }

  @Test
  void whatContainersShare_isTheVms() {
    ContainerVmSpec vm =
        made(
            PodSpec.builder(KEY)
                .domain("web.team.svc.cluster.local")
                .host(HostEntry.of("192.0.2.9", "db"))
                .resolver(
                    new Resolver(List.of("192.0.2.53"), List.of("svc.example"), List.of("ndots:5")))
                .activeDeadline(Duration.ofMinutes(3))
                .container(container("one").build())
                .build());
    assertThat(vm.domain()).contains("web.team.svc.cluster.local");
    assertThat(vm.hosts()).containsExactly(HostEntry.of("192.0.2.9", "db"));
    assertThat(vm.nameservers()).containsExactly("192.0.2.53");
    assertThat(vm.searches()).containsExactly("svc.example");
    assertThat(vm.resolverOptions()).containsExactly("ndots:5");
    assertThat(vm.deadline()).contains(Duration.ofMinutes(3));
  }

  @Test
  void containerThatMustNotBeRoot_isNotMadeWhereItWouldBe() {
    PodSpec root = PodSpec.builder(KEY).container(container("one").nonRoot(true).build()).build();
    assertThatThrownBy(() -> vch.host().pods().create(root))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageContaining("image will run as root");
    made(
        PodSpec.builder(KEY)
            .container(container("one").nonRoot(true).user("1000:1000").build())
            .build());
  }

  @Test
  void update_givesOtherLabels_toAllWhoLook() {
    PodSpec spec =
        PodSpec.builder(KEY).label("app", "web").container(container("one").build()).build();
    Pod before = vch.host().pods().create(spec);
    List<Pod> told = new CopyOnWriteArrayList<>();
    try (var watch =
        vch.reopen()
            .pods()
            .watch(
                new PodListener() {
                  @Override
                  public void changed(Pod pod) {
                    told.add(pod);
                  }

                  @Override
                  public void removed(Pod pod) {}
                })) {
      PodSpec wanted =
          PodSpec.builder(KEY)
              .label("tier", "front")
              .annotation("note", "x")
              .terminationGrace(Duration.ofSeconds(5))
              .container(container("one").build())
              .build();
      Pod after = vch.host().pods().update(wanted);
      assertThat(after.uid()).isEqualTo(before.uid());
      assertThat(after.spec().labels()).isEqualTo(Map.of("tier", "front"));
      assertThat(after.spec().terminationGrace()).isEqualTo(Duration.ofSeconds(5));
      assertThat(vch.reopen().pods().get(KEY)).isEqualTo(after);
      assertThat(told.get(told.size() - 1)).isEqualTo(after);
    }
  }

  @Test
  void update_ofAnythingElse_isRefusedByName() {
    Pod before =
        vch.host().pods().create(PodSpec.builder(KEY).container(container("one").build()).build());
    PodSpec wanted =
        PodSpec.builder(KEY)
            .hostname("other")
            .container(container("one").env("A", "b").build())
            .build();
    assertThatThrownBy(() -> vch.host().pods().update(wanted))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("containers, hostname");
    assertThat(vch.host().pods().get(KEY)).isEqualTo(before);
  }

  private PodSpec ofVersion(int version) {
    String image = "registry.test/versions:" + version;
    vch.image(image)
        .content(
            TestImage.builder()
                .layer(layer -> layer.file("version", "" + version))
                .entrypoint("/app")
                .build())
        .runs(Script.runsForever());
    return PodSpec.builder(KEY).container(ContainerSpec.builder(image).name("one").build()).build();
  }

  @Test
  void imagesThatAPodHasHad_keepTheirSlots_andItSaysSoWhenNoneIsLeft() {
    int before = TooManyDisksException.LIMIT - 1; // One is the container's own.
    vch.host().pods().create(ofVersion(1));
    vch.host().pods().start(KEY);
    for (int version = 2; version <= before; version++) {
      vch.host().pods().update(ofVersion(version));
    }
    Pod last = vch.host().pods().get(KEY);
    assertThat(last.status().container("one").restarts()).isEqualTo(before - 1);
    PodSpec next = ofVersion(before + 1);
    assertThatThrownBy(() -> vch.host().pods().update(next))
        .isInstanceOf(TooManyDisksException.class)
        .hasMessageContaining("stay in it: make another pod");
    assertThat(vch.host().pods().get(KEY)).isEqualTo(last);
    vch.host().pods().delete(KEY, Duration.ZERO);
    vch.host().pods().create(next);
  }

  @Test
  void imagesOfAPod_mayComeFromSourcesOfItsOwn() {
    TestRegistry own = new TestRegistry();
    own.put(
        ImageReference.parse("registry.own/app:1"),
        TestImage.builder().layer(layer -> layer.file("own", "x")).entrypoint("/own").build());
    PodSpec spec =
        PodSpec.builder(KEY)
            .container(ContainerSpec.builder("registry.own/app:1").name("one").build())
            .build();
    assertThatThrownBy(() -> vch.host().pods().create(spec)).isInstanceOf(NotFoundException.class);
    vch.host().pods().create(spec, own, Progress.NONE);
    assertThat(vch.host().pods().list()).hasSize(1);
  }

  @Test
  void imagesOfAPod_arePulledSideBySide() {
    TestRegistry own = new TestRegistry();
    CyclicBarrier both = new CyclicBarrier(2);
    PodSpec.Builder spec = PodSpec.builder(KEY);
    for (String name : List.of("one", "two")) {
      own.put(
          ImageReference.parse("registry.own/" + name + ":1"),
          TestImage.builder().layer(layer -> layer.file(name, "x")).entrypoint("/own").build());
      spec.container(ContainerSpec.builder("registry.own/" + name + ":1").name(name).build());
    }
    ImageSources meeting =
        reference -> {
          try {
            both.await(30, TimeUnit.SECONDS); // Each waits until the other is pulled, too.
          } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            throw new UnavailableException("nobody else came", e);
          }
          return own.open(reference);
        };
    vch.host().pods().create(spec.build(), meeting, Progress.NONE);
    assertThat(vch.host().pods().list()).hasSize(1);
  }

  @Test
  void logOfARun_isApartFromThatOfTheOneBefore() {
    List<String> texts = new ArrayList<>();
    vch.image("registry.test/crash:1")
        .runs(Script.prints("begun").after(Duration.ofSeconds(1)).exits(1));
    vch.host()
        .pods()
        .create(
            PodSpec.builder(KEY)
                .container(ContainerSpec.builder("registry.test/crash:1").name("one").build())
                .build());
    vch.host().pods().start(KEY);
    vch.clock().advance(Duration.ofSeconds(1)); // It is over, and begins again at once.
    var status = vch.host().pods().status(KEY).container("one");
    assertThat(status.state().isRunning()).isTrue();
    assertThat(status.lastTermination()).isPresent();
    assertThat(status.restarts()).isEqualTo(1);
    for (var part : List.of(status.log(), status.previousLog())) {
      try (var log = vch.host().pods().logs(KEY, "one", part.orElseThrow())) {
        texts.add(log.text());
      }
    }
    assertThat(texts).containsExactly("begun\n", "begun\n");
  }
}

package io.vic4j.testkit.vsphere;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.DiskJudge;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.ImageReference;
import io.vic4j.core.Progress;
import io.vic4j.core.VcSim;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.NetworkAttachment;
import io.vic4j.core.vm.TooManyDisksException;
import io.vic4j.core.vm.VmRecord;
import io.vic4j.image.Image;
import io.vic4j.image.ImageSources;
import io.vic4j.image.registry.RegistryClient;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.Pod;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodPhase;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import io.vic4j.storage.LayerTar;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.TestImage;
import io.vic4j.testkit.TestRegistry;
import io.vic4j.testkit.VirtualClock;
import io.vic4j.testkit.integration.DockerRegistry;
import io.vic4j.testkit.integration.UmociImage;
import io.vic4j.testkit.vsphere.ShownVm.Part;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a real registry to a pod on the simulator; what then stands in its datastore is judged. */
final class VsphereMainJobIT {
  private static final PodKey POD = PodKey.of("app");
  private static final DatastorePath ISO = DatastorePath.parse("iso/bootstrap.iso");

  /** More than a VM has slots for disks. */
  private static final int MANY_LAYERS = 62;

  private static final String DISTRIBUTED = "DC0_DVPG0";

  @TempDir private Path folder;
  private final VirtualClock clock = VirtualClock.selfAdvancing();
  private VcSim sim;
  private GuestedVsphere vsphere;

  @BeforeEach
  void start() {
    sim = VcSim.start("-hosts", "0");
    vsphere = new GuestedVsphere(sim);
  }

  @AfterEach
  void stop() {
    vsphere.close();
    sim.close();
  }

  private VirtualContainerHost host(ImageSources registry) {
    return VirtualContainerHost.builder()
        .hypervisor(vsphere.hypervisor(clock, (vm, session) -> Script.runsForever()))
        .datastore(vsphere.datastore())
        .imageSources(registry)
        .timeSource(clock)
        .bootstrapIso(ISO)
        .network(NetworkAttachment.dhcp("VM Network"))
        .network(NetworkAttachment.dhcp(DISTRIBUTED))
        .scratchBytes(64L << 20)
        .build();
  }

  @Test
  void imageFromARegistry_becomesAPod_onDisksThatAreRightToTheLastByte() throws Exception {
    writeIso();
    try (DockerRegistry registry = DockerRegistry.start(folder);
        RegistryClient client = RegistryClient.builder().build();
        VirtualContainerHost host = host(client)) {
      UmociImage made = UmociImage.make(folder);
      ImageReference reference = registry.push("oci:" + made.tagged(), "lib/app:1");
      Image image = host.images().pull(reference, Progress.NONE);
      List<LayerDisk> layers = host.images().layerDisks(image);
      assertThat(layers).as("four layers and the seam of what umoci implies").hasSize(5);
      assertRight(layers, made);
      assertUploads(layers);

      Pod pod = host.pods().create(pod(reference));
      assertDevices(pod, layers);
      host.pods().start(POD);
      assertThat(host.pods().status(POD).phase()).isEqualTo(PodPhase.RUNNING);
      host.pods().stop(POD);
      assertThat(host.pods().status(POD).phase()).isNotEqualTo(PodPhase.RUNNING);
      host.pods().delete(POD);
      assertThat(host.pods().list()).isEmpty();
      assertNothingLeftOf(pod);
      assertRight(layers, made);
    }
  }

  @Test
  void imageOfMoreLayersThanSlots_isPackedToFit() {
    writeIso();
    ImageReference reference = ImageReference.parse("registry.test/big:1");
    TestImage.Builder image = TestImage.builder().entrypoint("/bin/app");
    for (int i = 0; i < MANY_LAYERS; i++) {
      String file = "layer-" + i;
      image.layer(layer -> layer.file(file, file));
    }
    TestRegistry registry = new TestRegistry();
    registry.put(reference, image.build());
    try (VirtualContainerHost host = host(registry)) {
      Pod pod = host.pods().create(pod(reference));
      ShownVm vm = shown(pod);
      assertThat(vm.devices("VirtualDisk")).hasSize(TooManyDisksException.LIMIT);
      assertThat(vm.devices("ParaVirtualSCSIController"))
          .extracting(it -> it.text("busNumber"))
          .containsExactly("0", "1", "2", "3");
      assertThat(vm.devices("VirtualDisk"))
          .extracting(it -> it.text("controllerKey") + ":" + it.text("unitNumber"))
          .doesNotHaveDuplicates()
          .noneMatch(place -> place.endsWith(":7"));
      DiskJudge.judge(root().resolve("layers"));
      host.pods().start(POD);
      assertThat(host.pods().status(POD).phase()).isEqualTo(PodPhase.RUNNING);
    }
  }

  private void writeIso() {
    vsphere.datastore().createFolder(ISO.parent());
    try (DatastoreWriter writer = vsphere.datastore().create(ISO)) {
      writer.write(0, ByteBuffer.allocate(2048));
      writer.commit();
    }
  }

  private static PodSpec pod(ImageReference reference) {
    return PodSpec.builder(POD)
        .cpus(2)
        .memory(MemorySize.ofMebibytes(768))
        .container(ContainerSpec.builder(reference).name("app").env("MODE", "fast").build())
        .build();
  }

  /** Where a file of the datastore stands on this machine. */
  private Path local(DatastorePath path) {
    return root().resolve(path.toString());
  }

  private Path root() {
    return SimulatedVsphere.datastoreFolder(sim, vsphere.vsphere())
        .resolve(SimulatedVsphere.root(vsphere.vsphere()));
  }

  private void assertRight(List<LayerDisk> layers, UmociImage made) throws IOException {
    List<Path> expected = expected(made);
    for (int i = 0; i < layers.size(); i++) {
      Path extent = local(layers.get(i).extentPath());
      assertThat(Files.mismatch(extent, expected.get(i))).as("disk %s", i).isEqualTo(-1);
      DiskJudge.assertClean(extent);
      Path descriptor = local(layers.get(i).path());
      ForeignTool.named("qemu-img").check("check", "-f", "vmdk", descriptor);
      assertThat(ForeignTool.named("qemu-img").check("info", "--output=json", descriptor).text())
          .contains("\"virtual-size\": " + layers.get(i).capacityBytes());
    }
  }

  /** The extents of the same layers as a local folder has them. */
  private List<Path> expected(UmociImage made) throws IOException {
    LocalDatastore datastore = LocalDatastore.at(folder.resolve("expected"));
    LayerDisks disks = LayerDisks.in(datastore);
    List<LayerDisk> expected = new ArrayList<>();
    for (LayerTar tar : made.layers()) {
      expected.add(disks.build(tar.diffId(), tar.source(), Progress.NONE));
    }
    expected.add(disks.seam(List.copyOf(expected), Progress.NONE).orElseThrow());
    return expected.stream().map(disk -> datastore.localPath(disk.extentPath())).toList();
  }

  private void assertUploads(List<LayerDisk> layers) {
    List<VcSim.Upload> uploads = sim.uploads();
    assertThat(uploads).as("each disk goes up once").hasSameSizeAs(layers);
    uploads.forEach(it -> ForeignTool.named("qemu-img").check("check", "-f", "vmdk", it.stored()));
    long sent = uploads.stream().mapToLong(VcSim.Upload::bytes).sum();
    long capacity = layers.stream().mapToLong(LayerDisk::capacityBytes).sum();
    long tars = layers.stream().mapToLong(LayerDisk::tarBytes).sum();
    System.out.println("sent " + sent + " of disks of " + capacity + " of tars of " + tars);
    assertThat(sent).as("neither holes are sent, nor what deflates").isLessThan(tars);
  }

  private VmRecord record(Pod pod) {
    return vsphere.vsphere().hypervisor().find(pod.vmId()).orElseThrow();
  }

  private ShownVm shown(Pod pod) {
    String root = SimulatedVsphere.root(vsphere.vsphere());
    return ShownVm.read(sim, "DC0/vm/" + root + "/default/" + record(pod).name());
  }

  private void assertDevices(Pod pod, List<LayerDisk> layers) {
    VmRecord record = record(pod);
    String root = SimulatedVsphere.root(vsphere.vsphere());
    String datastore = "[" + SimulatedVsphere.datastore(vsphere.vsphere()) + "] ";
    ShownVm vm = shown(pod);

    assertThat(vm.text("hardware/numCPU")).isEqualTo("2");
    assertThat(vm.text("hardware/memoryMB")).isEqualTo("768");
    assertThat(vm.extra())
        .containsEntry("disk.EnableUUID", "TRUE")
        .containsEntry("vic4j.id", pod.vmId())
        .containsEntry("vic4j.scope", "default")
        .containsAllEntriesOf(
            record.variables().entrySet().stream()
                .filter(it -> it.getKey().startsWith("guestinfo."))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));

    assertThat(vm.devices("ParaVirtualSCSIController")).hasSize(1);
    String controller = vm.devices("ParaVirtualSCSIController").get(0).text("key");
    List<Part> disks = vm.devices("VirtualDisk");
    assertThat(disks).hasSize(layers.size() + 1);
    assertThat(disks).allMatch(disk -> disk.text("controllerKey").equals(controller));
    List<Part> children = disks.stream().filter(it -> it.at("backing/parent").isPresent()).toList();
    assertThat(children)
        .extracting(disk -> disk.text("backing/parent/fileName"))
        .containsExactlyInAnyOrderElementsOf(
            layers.stream().map(it -> datastore + root + "/" + it.path()).toList());
    assertThat(children)
        .allMatch(it -> it.text("backing/diskMode").equals("independent_nonpersistent"))
        .allMatch(it -> it.text("backing/fileName").startsWith(datastore + pod.vmId() + "/"));
    Part scratch =
        disks.stream().filter(it -> it.at("backing/parent").isEmpty()).findFirst().orElseThrow();
    assertThat(scratch.text("backing/diskMode")).isEqualTo("persistent");
    assertThat(scratch.text("backing/fileName"))
        .isEqualTo(datastore + root + "/" + vm.extra().get("vic4j.scratch"));
    assertThat(scratch.text("capacityInKB")).isEqualTo("65536");

    assertThat(vm.devices("VirtualCdrom"))
        .singleElement()
        .extracting(it -> it.text("backing/fileName"))
        .isEqualTo(datastore + root + "/" + ISO);
    List<String> logs = List.of(vm.extra().get("vic4j.logs").split("\n", -1));
    assertThat(vm.devices("VirtualSerialPort"))
        .extracting(it -> it.text("backing/fileName"))
        .containsExactlyElementsOf(
            logs.stream().map(log -> datastore + pod.vmId() + "/" + log + ".log").toList());
    assertThat(vm.devices("VirtualVmxnet3"))
        .extracting(it -> it.at("backing").orElseThrow().type())
        .containsExactly(
            "VirtualEthernetCardNetworkBackingInfo",
            "VirtualEthernetCardDistributedVirtualPortBackingInfo");
    assertThat(vm.devices("VirtualVmxnet3").get(0).text("backing/deviceName"))
        .isEqualTo("VM Network");
    assertThat(vm.devices("VirtualVmxnet3").get(1).text("backing/port/portgroupKey"))
        .startsWith("dvportgroup-");
  }

  private void assertNothingLeftOf(Pod pod) throws IOException {
    Path top = SimulatedVsphere.datastoreFolder(sim, vsphere.vsphere());
    assertThat(top.resolve(pod.vmId())).doesNotExist();
    try (Stream<Path> files = Files.walk(root())) {
      assertThat(files.filter(file -> file.getFileName().toString().startsWith("scratch")))
          .as("but for the template of scratch disks")
          .allMatch(file -> !file.toString().contains("containers"));
    }
  }
}

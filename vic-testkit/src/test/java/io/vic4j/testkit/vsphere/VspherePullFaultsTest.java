package io.vic4j.testkit.vsphere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertAll;

import io.vic4j.core.Digest;
import io.vic4j.core.IdSource;
import io.vic4j.core.Progress;
import io.vic4j.core.ProgressEvent;
import io.vic4j.core.VcSim;
import io.vic4j.core.VchName;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.core.datastore.Staging;
import io.vic4j.core.datastore.VirtualDisks;
import io.vic4j.image.ImageService;
import io.vic4j.image.ImageStore;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import io.vic4j.storage.vmdk.StreamOptimizedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever goes wrong while layers are imported, the next pull gives whole disks, and what is left
 * besides the sweep removes.
 */
final class VspherePullFaultsTest {
  private static final Duration LEASES_END = Duration.ofSeconds(20);
  private static VcSim sim;
  private static Map<DatastorePath, byte[]> wanted;
  private FaultedVsphere vsphere;

  @BeforeAll
  static void start(@TempDir Path folder) {
    sim = FaultedVsphere.startSimulator();
    try (FaultedVsphere other = FaultedVsphere.on(sim)) {
      Datastore local = LocalDatastore.at(folder);
      LayerDisks disks = LayerDisks.in(local);
      try (ImageService service =
          ImageService.builder(ImageStore.in(local, disks), disks)
              .sources(other.registry())
              .build()) {
        service.images(VchName.of("default")).pull(FaultedVsphere.IMAGE, Progress.NONE);
      }
      wanted = extents(local);
    }
  }

  @AfterAll
  static void stop() {
    sim.close();
  }

  @BeforeEach
  void open() {
    vsphere = FaultedVsphere.on(sim);
  }

  @AfterEach
  void close() {
    sim.clearFaults();
    vsphere.close();
  }

  private static Map<DatastorePath, byte[]> extents(Datastore datastore) {
    Map<DatastorePath, byte[]> extents = new TreeMap<>();
    for (LayerDisk disk : LayerDisks.in(datastore).list()) {
      try (DatastoreReader reader = datastore.open(disk.extentPath());
          InputStream content = reader.stream()) {
        extents.put(disk.extentPath(), content.readAllBytes());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return extents;
  }

  static Stream<String> faults() {
    Stream<String> sent =
        Stream.of("cut:1000", "drop-before", "drop-after", "status:500", "status:503", "expire")
            .map(kind -> "POST /nfc " + kind);
    Stream<String> called =
        Stream.of(
                "ImportVApp",
                "HttpNfcLeaseComplete",
                "MoveVirtualDisk_Task",
                "MoveDatastoreFile_Task",
                "ReconfigVM_Task",
                "Destroy_Task")
            .flatMap(
                method ->
                    VsphereFaultsTest.kinds(method).stream()
                        .filter(kind -> Boolean.getBoolean("vic.slow") || isTelling(kind))
                        .map(kind -> method + " " + kind));
    return Stream.concat(sent, called);
  }

  /** What was done and not answered is the hardest to mend; what was refused, the most frequent. */
  private static boolean isTelling(String kind) {
    return kind.equals("drop-after") || kind.equals("expire") || kind.endsWith(":NoPermission");
  }

  @ParameterizedTest
  @MethodSource("faults")
  void pullWithAFault_endsWellOrIsTyped_andTheNextIsWhole(String fault) {
    int space = fault.lastIndexOf(' ');
    sim.fault(fault.substring(0, space), 1, 1, fault.substring(space + 1));
    pullAndPullAgain();
  }

  @Test
  void importWhoseLeaseIsNotKept_isAsWellAsAnyOther() {
    sim.fault("HttpNfcLeaseProgress", 1, 9, "drop-before");
    sim.fault("POST /nfc", 1, 1, "delay:1500");
    pullAndPullAgain();
  }

  @Test
  void importThatBreaksOnce_tellsOfNoMoreBytesThanThereAre() {
    List<ProgressEvent> events = new CopyOnWriteArrayList<>();
    sim.fault("POST /nfc", 1, 1, "drop-after");
    VirtualDisks disks = vsphere.vsphere().datastore().virtualDisks().orElseThrow();
    try (DatastoreWriter writer =
        disks.create(
            DatastorePath.parse("disk.vmdk"),
            (content, out) -> StreamOptimizedWriter.copy(content, out, Digest.sha256("disk")),
            Progress.to(events::add))) {
      writer.write(0, ByteBuffer.wrap(new byte[] {1}));
      writer.setSize(1 << 20);
      writer.commit();
    }
    assertThat(sim.uploads()).hasSizeGreaterThanOrEqualTo(2);
    assertThat(events)
        .isNotEmpty()
        .allSatisfy(
            event ->
                assertThat(event.doneBytes())
                    .isLessThanOrEqualTo(event.totalBytes().orElse(Long.MAX_VALUE)));
  }

  private void pullAndPullAgain() {
    Throwable failure = null;
    try {
      pull();
    } catch (Throwable e) {
      failure = e;
    }
    sim.clearFaults();
    Throwable end = failure;
    pull();
    assertAll(
        () -> {
          if (end != null) {
            assertThat(end).isInstanceOf(VicException.class);
          }
        },
        this::requireWholeDisks,
        this::requireNothingElse);
  }

  private void pull() {
    try (VirtualContainerHost host = vsphere.host(Duration.ofHours(1))) {
      host.images().pull(FaultedVsphere.IMAGE, Progress.NONE);
    }
  }

  private void requireWholeDisks() {
    Map<DatastorePath, byte[]> found = extents(vsphere.vsphere().datastore());
    assertThat(found.keySet()).isEqualTo(wanted.keySet());
    found.forEach((path, bytes) -> assertThat(bytes).as("%s", path).isEqualTo(wanted.get(path)));
  }

  private void requireNothingElse() {
    Datastore datastore = vsphere.vsphere().datastore();
    await()
        .atMost(LEASES_END)
        .untilAsserted(
            () -> {
              Instant later = Instant.now().plusSeconds(60);
              Staging.in(datastore, IdSource.random()).sweep(later, Duration.ZERO);
              assertThat(sim.machines()).isEmpty();
              assertThat(vsphere.tree()).noneMatch(name -> name.startsWith("vic-import"));
            });
    assertThat(datastore.list(DatastorePath.parse("tmp"))).isEmpty();
    assertThat(datastore.list(DatastorePath.parse("layers/sha256"))).hasSize(wanted.size());
  }
}

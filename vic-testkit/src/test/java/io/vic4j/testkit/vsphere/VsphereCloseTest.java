package io.vic4j.testkit.vsphere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.vic4j.core.CancelledException;
import io.vic4j.core.Digest;
import io.vic4j.core.Progress;
import io.vic4j.core.VcSim;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.PowerState;
import io.vic4j.core.vm.VmDefinition;
import io.vic4j.core.vm.VmRecord;
import io.vic4j.core.vsphere.Vsphere;
import io.vic4j.storage.vmdk.StreamOptimizedWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A connection ends with all that it has, and a call that is interrupted is done or undone. */
final class VsphereCloseTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String SCOPE = "scope";
  private static final DatastorePath FILE = DatastorePath.parse("folder/file");
  private static final DatastorePath NEW_FILE = DatastorePath.parse("folder/new");
  private static final DatastorePath DISK = DatastorePath.parse("disks/one.vmdk");
  private static final Set<Work> IMPORTS =
      EnumSet.of(Work.LEASE, Work.UPLOAD, Work.LEASE_END, Work.DISK_MOVE);
  private static final String DELAY = "delay:700";
  private VcSim sim;
  private Vsphere vsphere;

  @BeforeEach
  void open() {
    sim = VcSim.start("-hosts", "0");
    vsphere = SimulatedVsphere.openFresh(sim);
  }

  @AfterEach
  void close() {
    sim.clearFaults();
    vsphere.close();
    sim.close();
  }

  private static VmDefinition definition(int number, String name) {
    return new VmDefinition(
        "%064x".formatted(number),
        SCOPE,
        name,
        1,
        MemorySize.ofMebibytes(64),
        Optional.empty(),
        List.of(),
        List.of(),
        List.of("main"),
        new TreeMap<>(Map.of("guestinfo.number", "1")));
  }

  private static List<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(VsphereCloseTest::isOfAConnection)
        .toList();
  }

  private static boolean isOfAConnection(Thread thread) {
    ThreadGroup group = thread.getThreadGroup();
    return thread.getName().startsWith("vic4j-")
        || (group != null && group.getName().startsWith("vic4j-"));
  }

  private void requireEnd() {
    await().atMost(SOON).untilAsserted(() -> assertThat(threads()).isEmpty());
    assertThat(sim.sessions()).isZero();
  }

  @Test
  void close_endsThreadsAndSession() {
    vsphere.hypervisor().create(definition(1, "web"));
    assertThat(threads()).isNotEmpty();
    assertThat(sim.sessions()).isEqualTo(1);
    vsphere.close();
    requireEnd();
    assertThat(sim.calls()).containsEntry("Logout", 1);
  }

  @Test
  void closeTwice_isFine() {
    vsphere.close();
    vsphere.close();
    requireEnd();
    assertThat(sim.calls()).containsEntry("Logout", 1);
  }

  @Test
  void closed_refusesAllCalls() {
    VmRecord vm = vsphere.hypervisor().create(definition(1, "web"));
    vsphere.close();
    assertThatThrownBy(() -> vsphere.hypervisor().find(vm.id())).isInstanceOf(VicException.class);
    assertThatThrownBy(() -> vsphere.hypervisor().powerOn(vm.id()))
        .isInstanceOf(VicException.class);
    assertThatThrownBy(() -> vsphere.hypervisor().capacity()).isInstanceOf(VicException.class);
    assertThatThrownBy(() -> vsphere.datastore().list(DatastorePath.ROOT))
        .isInstanceOf(VicException.class);
    assertThatThrownBy(() -> vsphere.datastore().open(FILE)).isInstanceOf(VicException.class);
    requireEnd();
  }

  @Test
  void closeOfAServerThatIsGone_takesAMoment() {
    VcSim gone = VcSim.start("-hosts", "0");
    Vsphere there = SimulatedVsphere.openFresh(gone);
    gone.close();
    vsphere.close();
    long began = System.nanoTime();
    there.close();
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(20));
    await().atMost(SOON).untilAsserted(() -> assertThat(threads()).isEmpty());
  }

  @Test
  void closeOfAServerThatHangs_takesAMoment() {
    sim.fault("DestroyPropertyCollector", "delay:60000");
    sim.fault("DestroyView", "delay:60000");
    sim.fault("Logout", "delay:60000");
    long began = System.nanoTime();
    vsphere.close();
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(30));
    await().atMost(SOON).untilAsserted(() -> assertThat(threads()).isEmpty());
  }

  @Test
  void closeByAnInterruptedThread_logsOutAllTheSame() {
    Thread.currentThread().interrupt();
    vsphere.close();
    assertThat(Thread.interrupted()).isTrue();
    requireEnd();
  }

  /** A thing to do, and the request that it waits for. */
  enum Work {
    CREATE("CreateVM_Task") {
      @Override
      void run(Vsphere vsphere) {
        vsphere.hypervisor().create(definition(9, "new"));
      }
    },
    POWER_ON("PowerOnVM_Task") {
      @Override
      void run(Vsphere vsphere) {
        vsphere.hypervisor().powerOn(id(vsphere.hypervisor()));
      }
    },
    RECONFIGURE("ReconfigVM_Task") {
      @Override
      void run(Vsphere vsphere) {
        VmRecord vm = vsphere.hypervisor().find(id(vsphere.hypervisor())).orElseThrow();
        vsphere
            .hypervisor()
            .reconfigure(vm.id(), Map.of("guestinfo.number", "2"), vm.changeVersion());
      }
    },
    RENAME("Rename_Task") {
      @Override
      void run(Vsphere vsphere) {
        vsphere.hypervisor().rename(id(vsphere.hypervisor()), "renamed");
      }
    },
    REMOVE("Destroy_Task") {
      @Override
      void run(Vsphere vsphere) {
        vsphere.hypervisor().remove(id(vsphere.hypervisor()));
      }
    },
    CAPACITY("RetrievePropertiesEx") {
      @Override
      void run(Vsphere vsphere) {
        vsphere.hypervisor().capacity();
      }
    },
    WRITE("PUT /folder") {
      @Override
      void run(Vsphere vsphere) {
        write(vsphere.datastore(), NEW_FILE);
      }
    },
    PUBLISH("MoveDatastoreFile_Task") {
      @Override
      void run(Vsphere vsphere) {
        write(vsphere.datastore(), NEW_FILE);
      }
    },
    READ("GET /folder") {
      @Override
      void run(Vsphere vsphere) {
        try (var reader = vsphere.datastore().open(FILE)) {
          reader.read(0, ByteBuffer.allocate(10));
        }
      }
    },
    STAT("HEAD /folder") {
      @Override
      void run(Vsphere vsphere) {
        vsphere.datastore().open(FILE).close();
      }
    },
    LIST("SearchDatastore_Task") {
      @Override
      void run(Vsphere vsphere) {
        vsphere.datastore().list(FILE.parent());
      }
    },
    FOLDER("MakeDirectory") {
      @Override
      void run(Vsphere vsphere) {
        vsphere.datastore().createFolder(DatastorePath.parse("other"));
      }
    },
    LEASE("ImportVApp") {
      @Override
      void run(Vsphere vsphere) {
        disk(vsphere);
      }
    },
    UPLOAD("POST /nfc") {
      @Override
      void run(Vsphere vsphere) {
        disk(vsphere);
      }
    },
    LEASE_END("HttpNfcLeaseComplete") {
      @Override
      void run(Vsphere vsphere) {
        disk(vsphere);
      }
    },
    DISK_MOVE("MoveVirtualDisk_Task") {
      @Override
      void run(Vsphere vsphere) {
        disk(vsphere);
      }
    };

    private final String request;

    Work(String request) {
      this.request = request;
    }

    abstract void run(Vsphere vsphere);

    private static String id(Hypervisor hypervisor) {
      return hypervisor.findByName(SCOPE, "web").orElseThrow().id();
    }

    private static void write(Datastore datastore, DatastorePath file) {
      try (DatastoreWriter writer = datastore.create(file)) {
        writer.write(0, ByteBuffer.wrap("content".getBytes(StandardCharsets.UTF_8)));
        writer.commit();
      }
    }

    private static void disk(Vsphere vsphere) {
      try (DatastoreWriter writer =
          vsphere
              .datastore()
              .virtualDisks()
              .orElseThrow()
              .create(
                  DISK,
                  (content, out) -> StreamOptimizedWriter.copy(content, out, Digest.sha256("disk")),
                  Progress.NONE)) {
        writer.setSize(1 << 20);
        writer.commit();
      }
    }
  }

  /** How a piece of work ended. */
  private record End(@Nullable Throwable failure, boolean interrupted) {}

  /** Runs a piece of work until its request is under way, then does something to its thread. */
  private End duringWork(Work work, Consumer<Thread> disturbance) {
    vsphere.hypervisor().create(definition(1, "web"));
    Work.write(vsphere.datastore(), FILE);
    sim.resetCalls();
    sim.fault(work.request, DELAY);
    CompletableFuture<End> end = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              Throwable failure = null;
              try {
                work.run(vsphere);
              } catch (Throwable e) {
                failure = e;
              }
              end.complete(new End(failure, Thread.currentThread().isInterrupted()));
            });
    thread.start();
    await().atMost(SOON).until(() -> sim.calls().containsKey(work.request));
    disturbance.accept(thread);
    await().atMost(SOON).until(end::isDone);
    return end.join();
  }

  @ParameterizedTest
  @EnumSource(Work.class)
  void closeDuringACall_endsIt(Work work) {
    Throwable end = duringWork(work, thread -> vsphere.close()).failure();
    if (end != null) {
      assertThat(end).isInstanceOf(VicException.class);
    }
    requireEnd();
  }

  @ParameterizedTest
  @EnumSource(Work.class)
  void interruptionOfACall_isCancelledOrTooLate_andNothingIsHalfDone(Work work) {
    End end = duringWork(work, Thread::interrupt);
    assertThat(end.interrupted()).isTrue();
    if (end.failure() != null) {
      assertThat(end.failure()).isInstanceOf(CancelledException.class);
    }
    requireDoneOrUndone(work, end.failure() == null);
  }

  private void requireDoneOrUndone(Work work, boolean done) {
    Hypervisor hypervisor = vsphere.hypervisor();
    assertThat(hypervisor.findByName(SCOPE, "new").isPresent())
        .isEqualTo(done && work == Work.CREATE);
    assertThat(hypervisor.findByName(SCOPE, "renamed").isPresent())
        .isEqualTo(done && work == Work.RENAME);
    hypervisor
        .find(definition(1, "web").id())
        .ifPresentOrElse(
            vm -> {
              assertThat(vm.power() == PowerState.ON).isEqualTo(done && work == Work.POWER_ON);
              assertThat("2".equals(vm.variables().get("guestinfo.number")))
                  .isEqualTo(done && work == Work.RECONFIGURE);
            },
            () -> assertThat(done && work == Work.REMOVE).isTrue());
    Datastore datastore = vsphere.datastore();
    assertThat(datastore.stat(NEW_FILE).isPresent())
        .isEqualTo(done && (work == Work.WRITE || work == Work.PUBLISH));
    assertThat(datastore.list(DatastorePath.parse("tmp"))).isEmpty();
    assertThat(datastore.stat(DISK).isPresent()).isEqualTo(done && IMPORTS.contains(work));
    // What an upload whose connection was given up holds goes as soon as the server notices.
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(sim.machines()).hasSameSizeAs(hypervisor.list(SCOPE)));
  }

  @Test
  void interruptionWhileATaskWaits_cancelsTheTask() {
    try (VcSim slow = VcSim.start("-hosts", "0", "-task-delay", "800ms");
        Vsphere there = SimulatedVsphere.openFresh(slow)) {
      CompletableFuture<@Nullable Throwable> end = new CompletableFuture<>();
      Thread thread =
          new Thread(
              () -> {
                try {
                  there.hypervisor().create(definition(1, "web"));
                  end.complete(null);
                } catch (Throwable e) {
                  end.complete(e);
                }
              });
      thread.start();
      await().atMost(SOON).until(() -> slow.calls().containsKey("CreateVM_Task"));
      thread.interrupt();
      await().atMost(SOON).until(end::isDone);
      assertThat(end.join()).isInstanceOf(CancelledException.class);
      assertThat(slow.calls()).containsEntry("CancelTask", 1);
      assertThat(slow.machines()).isEmpty();
    }
  }
}

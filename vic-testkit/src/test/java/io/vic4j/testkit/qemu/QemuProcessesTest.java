package io.vic4j.testkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.vic4j.core.ConflictException;
import io.vic4j.core.DiskJudge;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.GuestCommand;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.PowerState;
import io.vic4j.core.vm.VmDefinition;
import io.vic4j.core.vm.VmRecord;
import io.vic4j.testkit.BlankDisks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of processes and of what their guests write; the guests are played by the tests. */
@DiskJudge.Exempt("blank disks hold a superblock only")
final class QemuProcessesTest {
  private static final String ID = "1".repeat(64);
  private static final String SCOPE = "scope";
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final DatastorePath DISK = DatastorePath.parse("volumes/v/volume.vmdk");

  @TempDir private Path folder;
  private LocalDatastore datastore;
  private QemuSettings settings;
  private QemuHypervisor hypervisor;

  @BeforeEach
  void open() throws IOException {
    String qemu = ForeignTool.named("qemu-system-x86_64").program().toString();
    datastore = LocalDatastore.at(folder.resolve("store"));
    Path blank = Files.write(folder.resolve("blank.iso"), new byte[64 << 10]);
    settings = QemuSettings.iso(blank).withProgram(qemu).withCommandTimeout(Duration.ofMillis(300));
    hypervisor = QemuHypervisor.open(datastore, settings);
  }

  @AfterEach
  void end() {
    if (hypervisor != null) {
      hypervisor.close();
      QemuHypervisor.open(datastore, settings.stoppingOnClose()).close();
    }
  }

  private VmRecord create() {
    BlankDisks.write(datastore, DISK, new UUID(1, 1));
    return hypervisor.create(
        new VmDefinition(
            ID,
            SCOPE,
            "web",
            1,
            MemorySize.ofMebibytes(64),
            Optional.empty(),
            List.of(DiskAttachment.volume(DISK, new UUID(1, 1))),
            List.of(),
            List.of("main"),
            new TreeMap<>(Map.of("guestinfo.vic/version", "1", "guestinfo.vic/run", "1"))));
  }

  private VmRecord record() {
    return hypervisor.find(ID).orElseThrow();
  }

  private Path vmFolder() {
    return datastore.localPath(DatastorePath.parse("vms/" + ID));
  }

  private long pid() {
    return Processes.pidOf(vmFolder());
  }

  private void guestWrites(String line) throws IOException {
    Files.write(
        vmFolder().resolve("guest/values"),
        line.getBytes(StandardCharsets.UTF_8),
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  private void reopen() {
    hypervisor.close();
    hypervisor = QemuHypervisor.open(datastore, settings);
  }

  @Test
  void vmsAreFoundAgain_onOrOff_andWhatTheGuestWroteMeanwhile() throws IOException {
    create();
    reopen();
    assertThat(record().power()).isEqualTo(PowerState.OFF);
    VmRecord on = hypervisor.powerOn(ID);
    assertThat(ProcessHandle.current().descendants().map(ProcessHandle::pid))
        .as("what ends this program and its children does not reach it")
        .doesNotContain(pid());
    hypervisor.close();
    guestWrites("{\"key\":\"guestinfo.vic.report\",\"value\":\"r1\"}\n");
    hypervisor = QemuHypervisor.open(datastore, settings);
    assertThat(record().power()).isEqualTo(PowerState.ON);
    assertThat(record().bootTime()).isEqualTo(on.bootTime());
    assertThat(record().variables()).containsEntry("guestinfo.vic.report", "r1");
    hypervisor.powerOff(ID);
    reopen();
    assertThat(record().power()).isEqualTo(PowerState.OFF);
    assertThat(record().variables()).containsEntry("guestinfo.vic.report", "r1");
  }

  @Test
  void processThatIsKilled_isAVmThatIsOff_whetherItIsWatchedOrNot() throws IOException {
    create();
    hypervisor.powerOn(ID);
    assertThat(ProcessHandle.of(pid()).orElseThrow().destroyForcibly()).isTrue();
    await().atMost(SOON).until(() -> record().power() == PowerState.OFF);
    hypervisor.powerOn(ID); // Its disk is free again.
    long pid = pid();
    hypervisor.close();
    assertThat(ProcessHandle.of(pid).orElseThrow().destroyForcibly()).isTrue();
    await().atMost(SOON).until(() -> !Processes.runs(pid));
    hypervisor = QemuHypervisor.open(datastore, settings);
    assertThat(record().power()).isEqualTo(PowerState.OFF);
    assertThat(vmFolder().resolve("running.json")).doesNotExist();
  }

  @Test
  void closeThatStopsVms_leavesNoProcess() throws IOException {
    create();
    reopenStopping();
    hypervisor.powerOn(ID);
    long pid = pid();
    hypervisor.close();
    assertThat(Processes.runs(pid)).isFalse();
    hypervisor = QemuHypervisor.open(datastore, settings);
    assertThat(record().power()).isEqualTo(PowerState.OFF);
  }

  private void reopenStopping() {
    hypervisor.close();
    hypervisor = QemuHypervisor.open(datastore, settings.stoppingOnClose());
  }

  @Test
  void valuesThatTheGuestWrites_areSeenAtOnce_andStayAfterItsPower() throws IOException {
    create();
    hypervisor.powerOn(ID);
    guestWrites("{\"key\":\"guestinfo.vic.report\",\"value\":\"one\"}\n{\"key\":\"guest");
    await()
        .atMost(SOON)
        .until(() -> "one".equals(record().variables().get("guestinfo.vic.report")));
    guestWrites("info.vic.ack\",\"value\":\"two\"}\n");
    await().atMost(SOON).until(() -> "two".equals(record().variables().get("guestinfo.vic.ack")));
    guestWrites("{\"key\":\"guestinfo.vic.report\",\"value\":\"last\"}\n");
    assertThat(hypervisor.powerOff(ID).variables()).containsEntry("guestinfo.vic.report", "last");
    VmRecord off = hypervisor.reconfigure(ID, Map.of("a", "b"), record().changeVersion());
    assertThat(off.variables())
        .containsEntry("guestinfo.vic.report", "last")
        .containsEntry("a", "b");
    assertThat(hypervisor.powerOn(ID).variables())
        .containsEntry("guestinfo.vic.report", "last"); // Until it writes another.
  }

  @Test
  void guestThatWritesNonsense_orWhatIsNotItsOwn_changesNothing() throws IOException {
    VmRecord before = create();
    hypervisor.powerOn(ID);
    guestWrites("nonsense\n{}\n[1]\n{\"key\":1,\"value\":2}\n\n");
    guestWrites("{\"key\":\"guestinfo.vic/run\",\"value\":\"9\"}\n");
    guestWrites("{\"key\":\"vic.spec\",\"value\":\"9\"}\n");
    guestWrites("x".repeat(3 << 20) + "\n");
    guestWrites("{\"key\":\"guestinfo.end\",\"value\":\"yes\"}\n");
    await().atMost(SOON).until(() -> "yes".equals(record().variables().get("guestinfo.end")));
    TreeMap<String, String> wanted = new TreeMap<>(before.variables());
    wanted.put("guestinfo.end", "yes");
    assertThat(record().variables()).isEqualTo(wanted);
  }

  @Test
  void guestThatDoesNotAnswer_isUnavailable() {
    create();
    hypervisor.powerOn(ID);
    assertThatThrownBy(() -> hypervisor.send(ID, new GuestCommand.Stop()))
        .isInstanceOf(UnavailableException.class);
    hypervisor.powerOff(ID);
    assertThatThrownBy(() -> hypervisor.send(ID, new GuestCommand.Stop()))
        .isInstanceOf(ConflictException.class);
  }

  @Test
  @Timeout(60)
  void guestThatDoesNotListen_holdsNobodyUp() {
    String large = "x".repeat(100_000);
    VmRecord vm = create();
    hypervisor.powerOn(ID);
    for (int i = 0; i < 20; i++) {
      vm = hypervisor.reconfigure(ID, Map.of("guestinfo.test." + i, large), vm.changeVersion());
    }
    reopen();
    assertThat(record().variables()).isEqualTo(vm.variables());
    assertThat(record().power()).isEqualTo(PowerState.ON);
    assertThat(hypervisor.powerOff(ID).power()).isEqualTo(PowerState.OFF);
  }

  @Test
  void secondHypervisorOverTheSameVms_isRefused() {
    assertThatThrownBy(() -> QemuHypervisor.open(datastore, settings))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("close that one first");
  }

  @Test
  void qemuThatIsMissing_orRefuses_isSaid_andTheDisksAreFree() {
    create();
    hypervisor.close();
    hypervisor = QemuHypervisor.open(datastore, settings.withProgram("no-such-qemu"));
    assertThatThrownBy(() -> hypervisor.powerOn(ID))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("install no-such-qemu");
    hypervisor.close();
    hypervisor = QemuHypervisor.open(datastore, settings.withAccelerator("nonsense"));
    assertThatThrownBy(() -> hypervisor.powerOn(ID))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("nonsense");
    assertThat(record().power()).isEqualTo(PowerState.OFF);
    reopen();
    assertThat(hypervisor.powerOn(ID).power()).isEqualTo(PowerState.ON);
  }

  @Test
  void folderOfAVmThatWasNeverWhole_isRemoved_andADamagedOneIsLeftAlone() throws IOException {
    Path half = Files.createDirectories(folder.resolve("store/vms/half/guest")).getParent();
    Path damaged = Files.createDirectories(folder.resolve("store/vms/damaged"));
    Files.writeString(damaged.resolve("vm.json"), "{");
    reopen();
    assertThat(half).doesNotExist();
    assertThat(damaged).exists();
    assertThat(hypervisor.list(SCOPE)).isEmpty();
  }

  @Test
  void templateThatAProgramDidNotFinish_isRemoved_andItsMachineIsEnded() throws Exception {
    Path half = Files.createDirectories(folder.resolve("store/templates/kind.new"));
    Process machine = new ProcessBuilder("sh", "-c", "read line", half.toString()).start();
    try {
      Files.writeString(half.resolve("maker"), Long.toString(machine.pid()));
      reopen();
      assertThat(half).doesNotExist();
      assertThat(machine.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();

      Files.createDirectories(half);
      Files.writeString(half.resolve("maker"), Long.toString(ProcessHandle.current().pid()));
      reopen(); // The number is another's by now, who lives on.
      assertThat(half).doesNotExist();
    } finally {
      machine.destroyForcibly();
    }
  }
}

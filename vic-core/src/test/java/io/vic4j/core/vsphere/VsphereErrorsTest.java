package io.vic4j.core.vsphere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.vmware.vim25.HostNetworkPolicy;
import com.vmware.vim25.HostPortGroupSpec;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.ResourceAllocationInfo;
import com.vmware.vim25.ResourceConfigSpec;
import com.vmware.vim25.SharesInfo;
import com.vmware.vim25.SharesLevel;
import com.vmware.vim25.VirtualMachineConfigSpec;
import com.vmware.vim25.VirtualMachineFileInfo;
import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.OutOfSpaceException;
import io.vic4j.core.UnauthorizedException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.VcSim;
import io.vic4j.core.VicException;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.PowerState;
import io.vic4j.core.vm.VmDefinition;
import io.vic4j.core.vm.VmRecord;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What vSphere refuses comes as the error that says what one can do about it. */
final class VsphereErrorsTest {
  private static final int FIRST = 1;
  private static VcSim sim;
  private static Administrator administrator;
  private static int last;
  private String name = "";
  private Vsphere vsphere;
  private Hypervisor hypervisor;

  @BeforeAll
  static void start() {
    sim = VcSim.start("-hosts", "0");
    administrator = new Administrator(sim);
  }

  @AfterAll
  static void stop() {
    administrator.close();
    sim.close();
  }

  @BeforeEach
  void open() {
    name = "errors-" + ++last;
    vsphere = Vsphere.open(Administrator.settings(sim, name).build());
    hypervisor = vsphere.hypervisor();
  }

  @AfterEach
  void close() {
    sim.clearFaults();
    vsphere.close();
  }

  /** VMs of all tests stand in one datastore. */
  private static VmDefinition definition(int number, String vmName, String... networks) {
    return Administrator.definition(10 * last + number, vmName, networks);
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        Arguments.of("DuplicateName", AlreadyExistsException.class, "injected"),
        Arguments.of("FileAlreadyExists", AlreadyExistsException.class, "injected.vmdk"),
        Arguments.of("FileNotFound", NotFoundException.class, "injected.vmdk"),
        Arguments.of("NotFound", NotFoundException.class, "power-on of VM web"),
        Arguments.of("ManagedObjectNotFound", NotFoundException.class, "not found"),
        Arguments.of("InvalidDatastore", NotFoundException.class, "datastore"),
        Arguments.of("NoDiskSpace", OutOfSpaceException.class, "LocalDS_0"),
        Arguments.of("InsufficientMemoryResourcesFault", UnavailableException.class, "free some"),
        Arguments.of("InsufficientCpuResourcesFault", UnavailableException.class, "free some"),
        Arguments.of("NoCompatibleHost", UnavailableException.class, "no host can take it"),
        Arguments.of("NotEnoughLicenses", UnavailableException.class, "licence"),
        Arguments.of("LicenseExpired", UnavailableException.class, "licence"),
        Arguments.of("InvalidHostState", UnavailableException.class, "maintenance"),
        Arguments.of("HostNotConnected", UnavailableException.class, "cannot reach the host"),
        Arguments.of("InaccessibleDatastore", UnavailableException.class, "not accessible"),
        Arguments.of("RestrictedVersion", UnsupportedException.class, "licence"),
        Arguments.of("NotSupported", UnsupportedException.class, "power-on of VM web"),
        Arguments.of(
            "NoPermission", UnauthorizedException.class, "VirtualMachine.Interact.PowerOn"),
        Arguments.of("ConcurrentAccess", ConflictException.class, "retry"),
        Arguments.of("TaskInProgress", ConflictException.class, "other task"),
        Arguments.of("FileLocked", ConflictException.class, "in use"),
        Arguments.of("ResourceInUse", ConflictException.class, "power-on of VM web"),
        Arguments.of("InvalidState", ConflictException.class, "power-on of VM web"),
        Arguments.of("InvalidDeviceSpec", InvalidArgumentException.class, "configuration"),
        Arguments.of("InvalidVmConfig", InvalidArgumentException.class, "configuration"),
        Arguments.of("InvalidArgument", InvalidArgumentException.class, "injected"),
        Arguments.of("Timedout", UnavailableException.class, "Timedout"),
        Arguments.of("SystemError", UnavailableException.class, "SystemError"),
        Arguments.of("EncryptionKeyRequired", UnavailableException.class, "EncryptionKeyRequired"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void taskThatFails_isTheErrorOfItsFault(
      String fault, Class<? extends VicException> type, String words) {
    VmRecord vm = hypervisor.create(definition(FIRST, "web"));
    sim.fault("PowerOnVM_Task", "task:" + fault);
    assertThatThrownBy(() -> hypervisor.powerOn(vm.id()))
        .isInstanceOf(type)
        .hasMessageContaining(words)
        .hasCauseInstanceOf(Exception.class);
    sim.fault("PowerOnVM_Task", "fault:" + fault);
    assertThatThrownBy(() -> hypervisor.powerOn(vm.id()))
        .isInstanceOf(type)
        .hasMessageContaining(words);
    assertThat(hypervisor.find(vm.id()).orElseThrow().power()).isEqualTo(PowerState.OFF);
    hypervisor.remove(vm.id());
  }

  @Test
  void nameOfAForeignVm_isTaken() {
    hypervisor.remove(hypervisor.create(definition(FIRST, "first")).id());
    foreign("web");
    assertThatThrownBy(() -> hypervisor.create(definition(2, "web")))
        .isInstanceOf(AlreadyExistsException.class)
        .hasMessageContaining("web");
    sim.fault("CreateVM_Task", "drop-before");
    assertThatThrownBy(() -> hypervisor.create(definition(2, "web")))
        .as("when the connection breaks, too")
        .isInstanceOf(AlreadyExistsException.class)
        .hasMessageContaining("web");
    VmRecord other = hypervisor.create(definition(3, "other"));
    assertThatThrownBy(() -> hypervisor.rename(other.id(), "web"))
        .isInstanceOf(AlreadyExistsException.class)
        .hasMessageContaining("web");
  }

  /** Makes a VM that is none of ours in the folder of our scope. */
  private void foreign(String vmName) {
    VirtualMachineFileInfo files = new VirtualMachineFileInfo();
    files.setVmPathName("[LocalDS_0]");
    VirtualMachineConfigSpec spec = new VirtualMachineConfigSpec();
    spec.setName(vmName);
    spec.setFiles(files);
    ManagedObjectReference folder = administrator.find("DC0/vm/" + name + "/scope");
    ManagedObjectReference pool = administrator.find("DC0/host/DC0_C0/Resources");
    administrator.run(vim -> vim.createVM_Task(folder, spec, pool, null));
  }

  @Test
  void poolThatWasDestroyed_isNotFound() {
    ManagedObjectReference parent = administrator.find("DC0/host/DC0_C0/Resources");
    administrator
        .session()
        .run("pool", vim -> vim.createResourcePool(parent, "doomed-" + name, unlimited()));
    ManagedObjectReference pool = administrator.find("DC0/host/DC0_C0/Resources/doomed-" + name);
    try (Vsphere there =
        Vsphere.open(Administrator.settings(sim, name).pool("doomed-" + name).build())) {
      administrator.run(vim -> vim.destroy_Task(pool));
      assertThatThrownBy(() -> there.hypervisor().create(definition(FIRST, "web")))
          .isInstanceOf(NotFoundException.class)
          .hasMessageContaining("pool")
          .hasMessageContaining(pool.getVal());
      assertThatThrownBy(() -> there.hypervisor().capacity())
          .isInstanceOf(NotFoundException.class)
          .hasMessageContaining("pool");
    }
  }

  private static ResourceConfigSpec unlimited() {
    ResourceConfigSpec spec = new ResourceConfigSpec();
    spec.setCpuAllocation(allocation());
    spec.setMemoryAllocation(allocation());
    return spec;
  }

  private static ResourceAllocationInfo allocation() {
    SharesInfo shares = new SharesInfo();
    shares.setLevel(SharesLevel.normal);
    ResourceAllocationInfo info = new ResourceAllocationInfo();
    info.setReservation(0L);
    info.setExpandableReservation(true);
    info.setLimit(-1L);
    info.setShares(shares);
    return info;
  }

  @Test
  void hostInMaintenance_isUnavailable() {
    ManagedObjectReference host = administrator.find("DC0/host/DC0_C0/DC0_C0_H0");
    try (Vsphere there =
        Vsphere.open(Administrator.settings(sim, name).host("DC0_C0_H0").build())) {
      administrator.run(vim -> vim.enterMaintenanceMode_Task(host, 0, false, null));
      assertThatThrownBy(() -> there.hypervisor().create(definition(FIRST, "web")))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("web")
          .hasMessageContaining("maintenance");
      administrator.run(vim -> vim.exitMaintenanceMode_Task(host, 0));
      there.hypervisor().create(definition(FIRST, "web"));
    }
  }

  @Test
  void networkThatVanished_isNotFound_andFoundAgainWhenItIsBack() {
    ManagedObjectReference networks = portgroups();
    administrator.session().run("network", vim -> vim.addPortGroup(networks, doomed()));
    hypervisor.create(definition(FIRST, "first", "doomed"));
    assertThat(hypervisor.networkProblem("doomed")).isEmpty();
    administrator.session().run("network", vim -> vim.removePortGroup(networks, "doomed"));
    for (int attempt = 2; attempt <= 3; attempt++) {
      int number = attempt;
      assertThatThrownBy(() -> hypervisor.create(definition(number, "web", "doomed")))
          .as("attempt %d", number)
          .isInstanceOf(NotFoundException.class)
          .hasMessageContaining("network");
    }
    assertThat(hypervisor.networkProblem("doomed")).hasValue("network 'doomed' is not there");
    administrator.session().run("network", vim -> vim.addPortGroup(networks, doomed()));
    assertThat(hypervisor.networkProblem("doomed")).isEmpty();
    hypervisor.create(definition(4, "web", "doomed"));
    administrator.session().run("network", vim -> vim.removePortGroup(networks, "doomed"));
  }

  private static ManagedObjectReference portgroups() {
    return (ManagedObjectReference)
        administrator.property(
            administrator.find("DC0/host/DC0_C0/DC0_C0_H0"), "configManager.networkSystem");
  }

  private static HostPortGroupSpec doomed() {
    HostPortGroupSpec spec = new HostPortGroupSpec();
    spec.setName("doomed");
    spec.setVlanId(0);
    spec.setVswitchName("vSwitch0");
    spec.setPolicy(new HostNetworkPolicy());
    return spec;
  }
}

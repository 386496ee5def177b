package io.vic4j.core.vsphere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.vmware.vim25.ManagedObjectReference;
import io.vic4j.core.VcSim;
import io.vic4j.core.vm.VmRecord;
import io.vic4j.core.vsphere.VsphereSettings.Credentials;
import io.vic4j.core.vsphere.VsphereSettings.DiskTransfer;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is said of settings that name what is not there, or what cannot be used. */
final class VsphereChecksTest {
  private static final String CLUSTER_HOSTS = "DC0_C0_H0, DC0_C0_H1";
  private static VcSim sim;

  @BeforeAll
  static void start() {
    sim = VcSim.start("-datacenters", "2", "-apps", "1");
  }

  @AfterAll
  static void stop() {
    sim.close();
  }

  @AfterEach
  void grantAll() {
    sim.deny();
  }

  private static VsphereSettings.Builder settings(VcSim sim) {
    return VsphereSettings.builder(
            sim.url().toString(), new Credentials(sim.user(), sim.password()))
        .trust(ServerTrust.thumbprint(sim.thumbprint()));
  }

  /** Settings that are right. */
  private static VsphereSettings.Builder right() {
    return settings(sim).datacenter("DC0").pool("DC0_C0").datastore("LocalDS_0");
  }

  private static List<String> problems(VcSim sim, VsphereSettings.Builder settings) {
    sim.resetCalls();
    VsphereSettingsException thrown =
        catchThrowableOfType(
            VsphereSettingsException.class, () -> Vsphere.open(settings.build()).close());
    assertThat(thrown).as("problems").isNotNull();
    assertThat(sim.calls()).doesNotContainKeys("CreateFolder", "MakeDirectory");
    assertThat(thrown.problems()).isNotEmpty();
    return thrown.problems();
  }

  private static List<String> problems(VsphereSettings.Builder settings) {
    return problems(sim, settings);
  }

  private static void opens(VsphereSettings.Builder settings) {
    Vsphere.open(settings.build()).close();
  }

  @Test
  void allMistakes_areSaidAtOnce() {
    assertThat(
            problems(
                right()
                    .pool("nopool")
                    .host("nohost")
                    .datastore("nostore")
                    .network("nonet")
                    .network("VM Network")))
        .satisfiesExactlyInAnyOrder(
            it -> assertThat(it).startsWith("resource pool 'nopool' not found; there are: DC0_"),
            it -> assertThat(it).startsWith("host 'nohost' not found; there are: DC0_"),
            it -> assertThat(it).isEqualTo("datastore 'nostore' not found; there are: LocalDS_0"),
            it -> assertThat(it).startsWith("network 'nonet' not found; there are: DC0_DVPG0, "));
  }

  @Test
  void mistakesBesideThatOfTheDatacenter_areSaidToo() {
    assertThat(problems(right().datacenter("nowhere").network("nonet")))
        .satisfiesExactly(
            it -> assertThat(it).isEqualTo("datacenter 'nowhere' not found; there are: DC0, DC1"),
            it -> assertThat(it).startsWith("network 'nonet' not found; there are: "));
  }

  @Test
  void severalToChooseFrom_wantOneNamed() {
    assertThat(problems(settings(sim)))
        .containsExactly("name a datacenter; there are several: DC0, DC1");
    assertThat(problems(settings(sim).datacenter("DC0")))
        .containsExactly("name a cluster or host; there are several: DC0_C0, DC0_H0");
  }

  @Test
  void aHost_standsForItsPool() {
    opens(settings(sim).datacenter("DC0").host("DC0_C0_H1"));
    assertThat(problems(settings(sim).datacenter("DC0").host("nohost")))
        .singleElement()
        .asString()
        .startsWith("host 'nohost' not found");
  }

  @Test
  void hostOfAnotherCluster_isRefused() {
    assertThat(problems(right().host("DC0_H0")))
        .containsExactly(
            "host 'DC0_H0' is not of cluster 'DC0_C0', which the resource pool is of; it has: "
                + CLUSTER_HOSTS);
  }

  @Test
  void poolsAndNetworks_areFoundByPath_andVAppsArePools() {
    opens(right().pool("/DC0/host/DC0_C0/Resources/DC0_C0_RP1").network("/DC0/network/VM Network"));
    opens(right().pool("DC0_C0_APP0").network("DC0_DVPG0"));
  }

  @ParameterizedTest
  @MethodSource("networks")
  void networkByPath_isWhatVmsArePutOn(String path, String name) {
    try (Vsphere vsphere =
            Vsphere.open(right().root("paths").folder("paths").network(path).build());
        Administrator administrator = new Administrator(sim)) {
      String network = vsphere.networks().get(0).network();
      VmRecord vm = vsphere.hypervisor().create(Administrator.definition(1, "on-" + name, network));
      ManagedObjectReference made =
          administrator.find("DC0/vm/paths/" + vm.scope() + "/" + vm.name());
      assertThat((ManagedObjectReference[]) administrator.property(made, "network"))
          .extracting(it -> administrator.property(it, "name"))
          .containsExactly(name);
      vsphere.hypervisor().remove(vm.id());
    }
  }

  private static Stream<Arguments> networks() {
    return Stream.of("VM Network", "DC0_DVPG0")
        .map(name -> Arguments.of("/DC0/network/" + name, name));
  }

  @Test
  void hostsInMaintenance_areRefused_unlessOthersAreLeft() {
    try (Administrator administrator = new Administrator(sim)) {
      maintain(administrator, "DC0_C0_H0", true);
      assertThat(problems(right().host("DC0_C0_H0")))
          .containsExactly(
              "host 'DC0_C0_H0' is in maintenance mode; bring one back, or name another");
      opens(right());
      maintain(administrator, "DC0_C0_H1", true);
      assertThat(problems(right().datastore("nostore")))
          .satisfiesExactlyInAnyOrder(
              it ->
                  assertThat(it)
                      .isEqualTo(
                          "host 'DC0_C0_H0' is in maintenance mode, host 'DC0_C0_H1' is in"
                              + " maintenance mode, and cluster 'DC0_C0' has no other; bring one"
                              + " back, or name another"),
              it -> assertThat(it).startsWith("datastore 'nostore' not found"));
      maintain(administrator, "DC0_C0_H0", false);
      maintain(administrator, "DC0_C0_H1", false);
    }
  }

  private static void maintain(Administrator administrator, String host, boolean maintenance) {
    ManagedObjectReference found = administrator.find("DC0/host/DC0_C0/" + host);
    administrator.run(
        vim ->
            maintenance
                ? vim.enterMaintenanceMode_Task(found, 0, false, null)
                : vim.exitMaintenanceMode_Task(found, 0));
  }

  private static Stream<Arguments> unfit() {
    return Stream.of(
        Arguments.of(
            set("Datastore", "LocalDS_0", "summary.accessible", false),
            "datastore 'LocalDS_0' is not accessible; see to its storage, or name another"),
        Arguments.of(
            set("Datastore", "LocalDS_0", "summary.maintenanceMode", "inMaintenance"),
            "datastore 'LocalDS_0' is in maintenance (inMaintenance); end that, or name another"),
        Arguments.of(
            set("Datastore", "LocalDS_0", "summary.freeSpace", 3 << 20),
            "datastore 'LocalDS_0' has only 3 MiB free; make room on it, or name another"),
        Arguments.of(
            set("Datastore", "LocalDS_0", "host.mountInfo.accessMode", "readOnly"),
            "datastore 'LocalDS_0' is not mounted for writing by a host that VMs could run on"
                + " ("
                + CLUSTER_HOSTS
                + "); mount it there, or name another"),
        Arguments.of(
            set("HostSystem", "DC0_C0_H0", "runtime.connectionState", "disconnected")
                .andThen(
                    set("HostSystem", "DC0_C0_H1", "runtime.connectionState", "notResponding")),
            "host 'DC0_C0_H0' is not connected (disconnected), host 'DC0_C0_H1' is not connected"
                + " (notResponding), and cluster 'DC0_C0' has no other; bring one back, or name"
                + " another"));
  }

  private static Consumer<VcSim> set(String type, String object, String path, Object value) {
    return sim -> sim.property(type, object, path, value);
  }

  @ParameterizedTest
  @MethodSource("unfit")
  void whatCannotBeUsed_isSaidWithWhatToDo(Consumer<VcSim> damage, String problem) {
    try (VcSim own = VcSim.start()) {
      damage.accept(own);
      assertThat(problems(own, settings(own).pool("DC0_C0"))).containsExactly(problem);
    }
  }

  @Test
  void oldServer_isRefused() {
    try (VcSim own = VcSim.start("-hosts", "0")) {
      own.property("ServiceInstance", "ServiceInstance", "content.about.apiVersion", "5.5");
      assertThat(problems(own, settings(own)))
          .containsExactly(
              "the server has version 5.5 of the vSphere API; at least 6.0 is needed: upgrade it,"
                  + " or use another server");
    }
  }

  @Test
  void hostWithTheFreeLicence_isRefused() {
    try (VcSim own = VcSim.start("-esx")) {
      own.property("LicenseManager", "ha-license-manager", "licenses.editionKey", "esxBasic.vram");
      assertThat(problems(own, settings(own)))
          .singleElement()
          .asString()
          .startsWith("the host's licence '")
          .endsWith(
              "' has a read-only API; give it another licence, or add it to a vCenter Server");
    }
  }

  @ParameterizedTest
  @EnumSource
  void eachPrivilegeThatIsLacking_isSaid(Privilege privilege) {
    sim.deny(privilege.id());
    if (privilege.isSystem()) {
      opens(right()); // Who lacks it does not get as far as that.
    } else {
      assertThat(problems(right().network("VM Network")))
          .isNotEmpty()
          .allSatisfy(
              it ->
                  assertThat(it)
                      .matches(
                          "user '.*' lacks on (Datastore|Folder|Network|ResourcePool) '.*': "
                              + privilege.id()
                              + "; grant a role that has them, or use another user"));
    }
  }

  @Test
  void privileges_areSaidByPlace_besideAllElse() {
    sim.deny(Arrays.stream(Privilege.values()).map(Privilege::id).toArray(String[]::new));
    assertThat(problems(right().network("DC0_DVPG0").network("nonet")))
        .satisfiesExactlyInAnyOrder(
            it -> assertThat(it).startsWith("network 'nonet' not found"),
            it -> assertThat(it).contains("lacks on Folder 'vm': Folder.Create, VirtualMachine."),
            it -> assertThat(it).contains("lacks on ResourcePool 'Resources': Resource.Assign"),
            it -> assertThat(it).contains("lacks on Datastore 'LocalDS_0': Datastore.Allocate"),
            it ->
                assertThat(it)
                    .contains("lacks on DistributedVirtualPortgroup 'DC0_DVPG0': Network.Assign"));
  }

  @Test
  void privilegesThatTheSettingsDoNotNeed_mayBeLacking() {
    sim.deny("VApp.Import", "Network.Assign");
    opens(right().diskTransfer(DiskTransfer.FLAT));
    assertThat(problems(right())).singleElement().asString().contains(": VApp.Import;");
  }
}

package io.vic4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The simulator and its controls do what they say, as raw SOAP and HTTP show. */
class VcSimTest {
  @Test
  void start_hasWhatTheFlagsSay() {
    try (VcSim sim = VcSim.start("-datastores", "2", "-vms", "1", "-clusters", "1")) {
      assertThat(sim.datacenter()).isEqualTo("/DC0");
      assertThat(sim.datastores()).containsOnlyKeys("LocalDS_0", "LocalDS_1");
      assertThat(sim.inventory("VirtualMachine"))
          .containsExactly("/DC0/vm/DC0_C0_RP0_VM0", "/DC0/vm/DC0_H0_VM0");
      assertThat(sim.datastoreFolder("LocalDS_0").resolve("DC0_H0_VM0/DC0_H0_VM0.vmx")).exists();
    }
  }

  @Test
  void close_removesItsFolders() {
    Path folder;
    try (VcSim sim = VcSim.start()) {
      folder = sim.datastoreFolder("LocalDS_0");
      assertThat(folder).isDirectory();
    }
    assertThat(Files.exists(folder)).isFalse();
  }

  @Test
  void login_takesTheRightPasswordOnly() {
    try (VcSim sim = VcSim.start();
        SoapText soap = new SoapText(sim)) {
      assertThat(soap.login("wrong").body()).contains("InvalidLogin");
      assertThat(soap.login(sim.password()).body()).contains("LoginResponse");
    }
  }

  @Test
  void calls_areCountedByMethod() {
    try (VcSim sim = VcSim.start();
        SoapText soap = new SoapText(sim)) {
      soap.login(sim.password());
      soap.call("CurrentTime", "ServiceInstance", "ServiceInstance", "");
      soap.call("CurrentTime", "ServiceInstance", "ServiceInstance", "");
      assertThat(sim.calls()).containsEntry("Login", 1).containsEntry("CurrentTime", 2);
      sim.resetCalls();
      assertThat(sim.calls()).isEmpty();
    }
  }

  @Test
  void fault_meetsTheCallsItIsFor() {
    try (VcSim sim = VcSim.start();
        SoapText soap = new SoapText(sim)) {
      soap.login(sim.password());
      sim.fault("CurrentTime", 2, 1, "fault:NoPermission");
      assertThat(currentTime(soap).body()).contains("CurrentTimeResponse");
      assertThat(currentTime(soap).body()).contains("NoPermission", "privilegeId");
      assertThat(currentTime(soap).body()).contains("CurrentTimeResponse");
    }
  }

  @Test
  void fault_asTask_isNotExecuted() {
    try (VcSim sim = VcSim.start("-vms", "1", "-autostart=false", "-clusters", "0");
        SoapText soap = new SoapText(sim)) {
      soap.login(sim.password());
      String vm = find(soap, "/DC0/vm/DC0_H0_VM0");
      sim.fault("PowerOnVM_Task", "task:NotEnoughLicenses");
      assertThat(end(soap, soap.call("PowerOnVM_Task", "VirtualMachine", vm, "")))
          .contains("NotEnoughLicenses");
      assertThat(property(soap, "VirtualMachine", vm, "runtime.powerState").body())
          .contains("poweredOff");
    }
  }

  @Test
  void fault_dropsAndTruncates() {
    try (VcSim sim = VcSim.start();
        SoapText soap = new SoapText(sim)) {
      soap.login(sim.password());
      for (String kind : List.of("drop-before", "drop-after", "truncate:20")) {
        sim.fault("CurrentTime", kind);
        assertThatThrownBy(() -> currentTime(soap)).isInstanceOf(UncheckedIOException.class);
      }
      sim.fault("CurrentTime", "status:503");
      assertThat(currentTime(soap).statusCode()).isEqualTo(503);
    }
  }

  @Test
  void fault_ofNoKnownKind_isRefused() {
    try (VcSim sim = VcSim.start()) {
      assertThatThrownBy(() -> sim.fault("CurrentTime", "fault:NoSuchFault"))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("NoSuchFault");
    }
  }

  @Test
  void expireSessions_endsThem() {
    try (VcSim sim = VcSim.start();
        SoapText soap = new SoapText(sim)) {
      soap.login(sim.password());
      sim.expireSessions();
      assertThat(currentTime(soap).body()).contains("NotAuthenticated");
    }
  }

  @Test
  void guest_setsVariablesAndPowersOff() {
    try (VcSim sim = VcSim.start("-vms", "1", "-clusters", "0");
        SoapText soap = new SoapText(sim)) {
      soap.login(sim.password());
      String vm = find(soap, "/DC0/vm/DC0_H0_VM0");
      sim.guestSets("DC0_H0_VM0", Map.of("guestinfo.kept", "1"), true);
      sim.guestSets(vm, Map.of("guestinfo.lost", "2"), false);
      assertThat(property(soap, "VirtualMachine", vm, "config.extraConfig").body())
          .contains("guestinfo.kept", "guestinfo.lost");
      sim.guestPowersOff(vm);
      assertThat(property(soap, "VirtualMachine", vm, "config.extraConfig").body())
          .contains("guestinfo.kept")
          .doesNotContain("guestinfo.lost");
      assertThat(property(soap, "VirtualMachine", vm, "runtime.powerState").body())
          .contains("poweredOff");
    }
  }

  @Test
  void folder_servesFilesToSessions() {
    try (VcSim sim = VcSim.start();
        SoapText soap = new SoapText(sim)) {
      URI file = file(sim, "hello%20there.txt");
      assertThat(soap.request("GET", file, BodyPublishers.noBody()).statusCode()).isEqualTo(401);
      soap.login(sim.password());
      assertThat(soap.request("GET", file, BodyPublishers.noBody()).statusCode()).isEqualTo(404);
      assertThat(soap.request("PUT", file, BodyPublishers.ofString("hello")).statusCode())
          .isEqualTo(201);
      assertThat(soap.request("GET", file, BodyPublishers.noBody()).body()).isEqualTo("hello");
      assertThat(sim.datastoreFolder("LocalDS_0").resolve("hello there.txt")).hasContent("hello");
      URI elsewhere = file(sim, "missing/hello.txt");
      assertThat(soap.request("PUT", elsewhere, BodyPublishers.ofString("x")).statusCode())
          .isEqualTo(404);
      assertThat(sim.calls()).containsEntry("GET /folder", 3).containsEntry("PUT /folder", 2);
    }
  }

  /** What the property collector says of a task once it has ended. */
  private static String end(SoapText soap, HttpResponse<String> call) {
    String task = SoapText.take("type=\"Task\">([^<]+)<", call.body());
    soap.call(
        "CreateFilter",
        "PropertyCollector",
        "propertyCollector",
        """
        <spec><propSet><type>Task</type><pathSet>info</pathSet></propSet>
        <objectSet><obj type="Task">%s</obj></objectSet></spec>
        <partialUpdates>false</partialUpdates>"""
            .formatted(task));
    String version = "";
    while (true) {
      String update =
          soap.call(
                  "WaitForUpdatesEx",
                  "PropertyCollector",
                  "propertyCollector",
                  "<version>" + version + "</version>")
              .body();
      if (update.contains("<state>success<") || update.contains("<state>error<")) {
        return update;
      }
      version = SoapText.take("<version>([^<]+)<", update);
    }
  }

  private static URI file(VcSim sim, String path) {
    return sim.url().resolve("/folder/" + path + "?dcPath=DC0&dsName=LocalDS_0");
  }

  private static HttpResponse<String> currentTime(SoapText soap) {
    return soap.call("CurrentTime", "ServiceInstance", "ServiceInstance", "");
  }

  private static String find(SoapText soap, String path) {
    String answer =
        soap.call(
                "FindByInventoryPath",
                "SearchIndex",
                "SearchIndex",
                "<inventoryPath>" + path + "</inventoryPath>")
            .body();
    return SoapText.take("<returnval[^>]*>([^<]+)<", answer);
  }

  private static HttpResponse<String> property(
      SoapText soap, String type, String object, String path) {
    return soap.call(
        "RetrieveProperties",
        "PropertyCollector",
        "propertyCollector",
        """
        <specSet><propSet><type>%1$s</type><pathSet>%3$s</pathSet></propSet>
        <objectSet><obj type="%1$s">%2$s</obj></objectSet></specSet>"""
            .formatted(type, object, path));
  }
}

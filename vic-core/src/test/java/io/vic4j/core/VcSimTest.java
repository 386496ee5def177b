package io.vic4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  @Test
  void importVApp_fillsTheDiskWithWhatComes(@TempDir Path folder) throws IOException {
    ForeignTool qemu = ForeignTool.named("qemu-img");
    Path raw = Files.write(folder.resolve("raw"), new byte[1 << 20]);
    Files.writeString(raw, "what a layer holds", StandardOpenOption.WRITE);
    Path stream = folder.resolve("stream.vmdk");
    qemu.check(
        "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized", raw, stream);
    try (VcSim sim = VcSim.start("-one-server", "-clusters", "0");
        SoapText soap = new SoapText(sim)) {
      soap.login(sim.password());
      String pool = find(soap, "/DC0/host/DC0_H0/Resources");
      String lease =
          SoapText.take(
              "type=\"HttpNfcLease\">([^<]+)<",
              soap.call("ImportVApp", "ResourcePool", pool, IMPORT).body());
      String ready = await(soap, "HttpNfcLease", lease, "state", ">ready<");
      assertThat(ready).contains("ready");
      String info = property(soap, "HttpNfcLease", lease, "info").body();
      URI disk = URI.create(SoapText.take("<url>([^<]+)</url>", info));
      assertThat(SoapText.take("<sslThumbprint>([^<]+)<", info)).matches("([0-9A-F]{2}:){19}..");

      byte[] bytes = Files.readAllBytes(stream);
      byte[] half = Arrays.copyOf(bytes, bytes.length / 2);
      assertThat(soap.request("POST", disk, BodyPublishers.ofByteArray(half)).statusCode())
          .isEqualTo(500);
      assertThat(soap.request("POST", disk, BodyPublishers.ofByteArray(bytes)).statusCode())
          .isEqualTo(200);
      soap.call("HttpNfcLeaseComplete", "HttpNfcLease", lease, "");

      assertThat(sim.uploads())
          .extracting(VcSim.Upload::bytes)
          .containsExactly((long) half.length, (long) bytes.length);
      qemu.check(
          "compare", raw, sim.datastoreFolder("LocalDS_0").resolve("imported/imported.vmdk"));
    }
  }

  @Test
  void oddNames_areServed() {
    try (VcSim sim = VcSim.start("-names", "odd");
        SoapText soap = new SoapText(sim)) {
      soap.login(sim.password());
      String store = sim.datastores().keySet().iterator().next();
      String query = "?dcPath=" + encoded(sim.datacenter()) + "&dsName=" + encoded(store);
      URI file = sim.url().resolve("/folder/a%20b" + query);
      assertThat(soap.request("PUT", file, BodyPublishers.ofString("x")).statusCode())
          .isEqualTo(201);
      assertThat(sim.datastoreFolder(store).resolve("a b")).hasContent("x");
      assertThat(find(soap, SoapText.escaped(sim.datacenter()))).startsWith("datacenter-");
    }
  }

  private static final String IMPORT =
      """
      <spec xsi:type="VirtualMachineImportSpec"><configSpec><name>imported</name>
      <files><vmPathName>[LocalDS_0]</vmPathName></files>
      <deviceChange><operation>add</operation><device xsi:type="ParaVirtualSCSIController">
      <key>-1</key><busNumber>0</busNumber><sharedBus>noSharing</sharedBus></device></deviceChange>
      <deviceChange><operation>add</operation><fileOperation>create</fileOperation>
      <device xsi:type="VirtualDisk"><key>-2</key>
      <backing xsi:type="VirtualDiskFlatVer2BackingInfo"><fileName></fileName>
      <diskMode>persistent</diskMode></backing><controllerKey>-1</controllerKey>
      <unitNumber>0</unitNumber><capacityInKB>1024</capacityInKB></device></deviceChange>
      </configSpec></spec>
      """;

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /** What the property collector says of a task once it has ended. */
  private static String end(SoapText soap, HttpResponse<String> call) {
    String task = SoapText.take("type=\"Task\">([^<]+)<", call.body());
    return await(soap, "Task", task, "info", "<state>(success|error)<");
  }

  /** Waits until the property collector tells of an object what matches the pattern. */
  private static String await(
      SoapText soap, String type, String object, String path, String pattern) {
    soap.call(
        "CreateFilter",
        "PropertyCollector",
        "propertyCollector",
        """
        <spec><propSet><type>%1$s</type><pathSet>%3$s</pathSet></propSet>
        <objectSet><obj type="%1$s">%2$s</obj></objectSet></spec>
        <partialUpdates>false</partialUpdates>"""
            .formatted(type, object, path));
    String version = "";
    while (true) {
      String update =
          soap.call(
                  "WaitForUpdatesEx",
                  "PropertyCollector",
                  "propertyCollector",
                  "<version>" + version + "</version>")
              .body();
      if (Pattern.compile(pattern).matcher(update).find()) {
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

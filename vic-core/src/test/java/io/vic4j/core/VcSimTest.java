package io.vic4j.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
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
}

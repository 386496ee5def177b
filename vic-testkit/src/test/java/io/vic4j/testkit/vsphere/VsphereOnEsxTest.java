package io.vic4j.testkit.vsphere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.IdSource;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.VmDefinition;
import io.vic4j.core.vm.VmRecord;
import io.vic4j.core.vsphere.Vsphere;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On an ESXi host without a vCenter Server: no folders, and names that all VMs share. */
final class VsphereOnEsxTest extends VsphereImportContracts {
  VsphereOnEsxTest() {
    super("-esx", "-datastores", "40");
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 60, 80})
  void vmsOfOtherScopesAndRoots_mayHaveTheSameName(int length) {
    String name = "n".repeat(length);
    try (Vsphere vsphere = open();
        Vsphere other = open()) {
      Hypervisor hypervisor = vsphere.hypervisor();
      VmRecord red = hypervisor.create(definition("red", name));
      VmRecord blue = hypervisor.create(definition("blue", name));
      VmRecord elsewhere = other.hypervisor().create(definition("red", name));
      assertThat(List.of(red, blue, elsewhere)).extracting(VmRecord::name).containsOnly(name);
      assertThat(hypervisor.list("red")).containsExactly(red);
      assertThat(hypervisor.findByName("blue", name)).contains(blue);
      assertThat(other.hypervisor().list("red")).containsExactly(elsewhere);

      assertThat(hypervisor.rename(red.id(), "other").name()).isEqualTo("other");
      assertThat(hypervisor.findByName("red", "other")).isPresent();
      assertThatThrownBy(() -> hypervisor.create(definition("red", "other")))
          .isInstanceOf(AlreadyExistsException.class);
    }
  }

  private static VmDefinition definition(String scope, String name) {
    return new VmDefinition(
        IdSource.random().next(),
        scope,
        name,
        1,
        MemorySize.ofMebibytes(64),
        Optional.empty(),
        List.of(),
        List.of(),
        List.of("main"),
        new TreeMap<>());
  }

  @Nested
  final class Streams extends GuestStreams {}
}

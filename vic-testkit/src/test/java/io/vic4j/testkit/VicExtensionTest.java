package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.pod.VirtualContainerHost;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VicExtension.class)
final class VicExtensionTest {
  private static final Set<TestVch> SEEN = new HashSet<>();

  private final TestVch ofConstructor;
  private TestVch ofBeforeEach;

  VicExtensionTest(TestVch vch) {
    this.ofConstructor = vch;
  }

  @BeforeEach
  void take(TestVch vch) {
    this.ofBeforeEach = vch;
  }

  @Test
  void allThatATestIsGiven_belongsTogether(
      TestVch vch,
      VirtualContainerHost host,
      VirtualClock clock,
      FaultPlan faults,
      MemoryHypervisor hypervisor,
      MemoryDatastore datastore,
      TestRegistry registry) {
    assertThat(vch).isSameAs(ofConstructor).isSameAs(ofBeforeEach);
    assertThat(vch.host()).isSameAs(host);
    assertThat(vch.clock()).isSameAs(clock);
    assertThat(vch.faults()).isSameAs(faults);
    assertThat(vch.hypervisor()).isSameAs(hypervisor);
    assertThat(vch.datastore()).isSameAs(datastore);
    assertThat(vch.registry()).isSameAs(registry);
  }

  @RepeatedTest(2)
  void eachTest_hasItsOwn(TestVch vch) {
    assertThat(SEEN.add(vch)).isTrue();
  }

  @Test
  void registry_answers(EmbeddedRegistry registry, VirtualContainerHost host) {
    assertThat(registry.address()).isNotBlank();
    assertThat(host.images().list().images()).isEmpty();
  }

  @Nested
  final class InANestedClass {
    private final VirtualContainerHost host;

    InANestedClass(VirtualContainerHost host) {
      this.host = host;
    }

    @Test
    void itIsTheSameToo(TestVch vch) {
      assertThat(vch.host()).isSameAs(host);
      assertThat(vch).isSameAs(ofConstructor).isSameAs(ofBeforeEach);
      vch.image("registry.test/app:1").runs(Script.exits(0));
      assertThat(host.images().list().images()).hasSize(1);
    }
  }
}

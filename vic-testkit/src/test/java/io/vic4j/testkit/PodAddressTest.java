package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.ImageReference;
import io.vic4j.core.vm.AddressMarks;
import io.vic4j.core.vm.ExecSpec;
import io.vic4j.core.vm.GuestProcess;
import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.ContainerState;
import io.vic4j.pod.PodPhase;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.PodStatus;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.testkit.kubernetes.WebPodScripts;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a pod's processes are told of its address. */
@ExtendWith(VicExtension.class)
final class PodAddressTest {
  private static final String IMAGE = "registry.test/db:1";

  private final List<SessionSpec> begun = new CopyOnWriteArrayList<>();
  private TestVch vch;

  @BeforeEach
  void take(TestVch vch) {
    this.vch = vch;
    vch.registry().put(ImageReference.parse(IMAGE), WebPodScripts.image());
    vch.scripts()
        .when((vm, session) -> begun.add(session), Script.runsForever())
        .whenExec((vm, process) -> begun.add(process), Script.exits(0));
  }

  @Test
  void address_isInVariablesAndArguments_andInWhatRunsBeside(TestPods pods) throws Exception {
    TestPod db =
        pods.apply(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: db}
            spec:
              containers:
              - name: db
                image: registry.test/db:1
                args: ["--bind=$(IP):5432", "--peers=$(IPS)"]
                env:
                - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
                - {name: IPS, valueFrom: {fieldRef: {fieldPath: status.podIPs}}}
                - {name: URL, value: "db://$(IP)/x"}
            """);
    assertThat(db).hasPhase(PodPhase.RUNNING);
    try (GuestProcess process = vch.host().pods().exec(db.key(), ExecSpec.of("db", "/bin/look"))) {
      assertThat(process.awaitExit(Duration.ofSeconds(1)).isSuccess()).isTrue();
    }
    assertThat(db.status().addresses()).containsExactly("192.0.2.1");
    assertThat(begun).hasSize(2);
    assertThat(begun.get(0).argv()).endsWith("--bind=192.0.2.1:5432", "--peers=192.0.2.1");
    for (SessionSpec session : begun) {
      assertThat(session.env())
          .containsEntry("IP", "192.0.2.1")
          .containsEntry("IPS", "192.0.2.1")
          .containsEntry("URL", "db://192.0.2.1/x");
    }
  }

  @Test
  void severalAddresses_haveCommasBetween() {
    SessionSpec session =
        SessionSpec.builder("main")
            .readOnlyRoot(true)
            .argv("/bin/app", AddressMarks.ALL + "|" + AddressMarks.FIRST)
            .build();
    assertThat(AddressMarks.put(session, List.of("192.0.2.1", "2001:db8::1")).argv())
        .containsExactly("/bin/app", "192.0.2.1,2001:db8::1|192.0.2.1");
  }

  @Test
  void machineWithoutNetwork_hasNoneToTell() {
    try (VirtualContainerHost alone =
        VirtualContainerHost.builder()
            .hypervisor(vch.hypervisor())
            .datastore(vch.datastore())
            .name("alone")
            .imageSources(vch.registry())
            .timeSource(vch.clock())
            .scratchBytes(16L << 20)
            .build()) {
      PodSpec spec =
          PodSpec.builder("db")
              .restartPolicy(RestartPolicy.NEVER)
              .container(
                  ContainerSpec.builder(IMAGE).name("db").env("IP", AddressMarks.FIRST).build())
              .build();
      alone.pods().create(spec);
      PodStatus status = alone.pods().start(spec.key()).status();
      assertThat(status.phase()).isEqualTo(PodPhase.FAILED);
      assertThat(status.container("db").state())
          .isInstanceOfSatisfying(
              ContainerState.Terminated.class,
              over -> {
                assertThat(over.reason()).isEqualTo("StartError");
                assertThat(over.message()).contains("this machine has no network");
              });
      assertThat(begun).isEmpty();
    }
  }
}

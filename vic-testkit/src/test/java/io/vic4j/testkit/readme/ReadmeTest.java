package io.vic4j.testkit.readme;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.ImageReference;
import io.vic4j.core.VcSim;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.PowerState;
import io.vic4j.core.vm.Subscription;
import io.vic4j.core.vm.VmListener;
import io.vic4j.core.vm.VmRecord;
import io.vic4j.core.vsphere.Vsphere;
import io.vic4j.core.vsphere.VsphereSettings;
import io.vic4j.core.vsphere.VsphereSettings.Credentials;
import io.vic4j.image.Image;
import io.vic4j.pod.PodPhase;
import io.vic4j.testkit.EmbeddedRegistry;
import io.vic4j.testkit.MemoryHypervisor;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.TestImage;
import io.vic4j.testkit.TestRegistry;
import io.vic4j.testkit.TestVch;
import io.vic4j.testkit.VicExtension;
import io.vic4j.testkit.VirtualClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(VicExtension.class)
class ReadmeTest {
  private static final Path README = Path.of("..", "README.md");
  private static final Path EXAMPLE =
      Path.of("src/test/java/io/vic4j/testkit/readme/ReadmeExample.java");

  private static final Path VSPHERE =
      Path.of("src/test/java/io/vic4j/testkit/readme/VsphereExample.java");

  private static final Path IMAGES =
      Path.of("src/test/java/io/vic4j/testkit/readme/ImagesExample.java");

  private static final Path VOLUMES =
      Path.of("src/test/java/io/vic4j/testkit/readme/VolumesExample.java");

  private static final Path PODS =
      Path.of("src/test/java/io/vic4j/testkit/readme/PodsExample.java");

  private static final Path TESTKIT =
      Path.of("src/test/java/io/vic4j/testkit/readme/TestkitExampleTest.java");

  @TempDir Path folder;

  @Test
  void theExampleOfTheReadme_isTheOneThatIsCompiled() throws IOException {
    String compiled =
        between(Files.readString(EXAMPLE), "  // README begins\n", "  // README ends").indent(-2);
    String shown = between(Files.readString(README), "```java\n", "```");
    assertThat(shown).isEqualTo(compiled);
  }

  @Test
  void theExampleOfVsphere_isTheOneThatIsCompiled_andRuns() throws IOException {
    String compiled =
        between(Files.readString(VSPHERE), "  // README begins\n", "  // README ends").indent(-2);
    assertThat(between(Files.readString(README), "## vSphere\n```java\n", "```"))
        .isEqualTo(compiled);
    TestRegistry registry = new TestRegistry();
    registry.put(
        ImageReference.parse("registry.test/app:1"),
        TestImage.builder()
            .layer(layer -> layer.file("bin/app", "#!/bin/sh\n"))
            .entrypoint("/bin/app")
            .build());
    try (VcSim sim = VcSim.start()) {
      VsphereSettings settings =
          VsphereExample.settings(
              sim.url().toString(), new Credentials(sim.user(), sim.password()), sim.caPem());
      // The simulator has no guests: somebody takes the power of what is on.
      try (Vsphere administrator = Vsphere.open(settings);
          Subscription watch = administrator.hypervisor().watch("default", new PowerTaker(sim))) {
        assertThat(VsphereExample.runOnce(settings, registry, "registry.test/app:1"))
            .isInstanceOf(ExitStatus.Unknown.class);
      }
    }
  }

  @Test
  void theExampleOfImages_isTheOneThatIsCompiled_andRuns() throws IOException {
    String compiled =
        between(Files.readString(IMAGES), "  // README begins\n", "  // README ends").indent(-2);
    assertThat(between(Files.readString(README), "## Images\n```java\n", "```"))
        .isEqualTo(compiled);
    try (EmbeddedRegistry registry = EmbeddedRegistry.start()) {
      ImageReference base = registry.add("team/base:1", image("base"));
      ImageReference app = registry.add("team/app:1", image("app"));
      Path list = Files.writeString(folder.resolve("images.txt"), base + "  base:stable\n" + app);
      LocalDatastore datastore = LocalDatastore.at(folder.resolve("store"));
      assertThat(ImagesExample.mirror(datastore, list, app).isInStep()).isTrue();
      assertThat(datastore.list(DatastorePath.parse("layers/sha256"))).hasSize(2);
    }
  }

  @Test
  void theExampleOfVolumes_isTheOneThatIsCompiled_andRuns(TestVch vch) throws IOException {
    String compiled =
        between(Files.readString(VOLUMES), "  // README begins\n", "  // README ends").indent(-2);
    assertThat(between(Files.readString(README), "## Volumes and commits\n```java\n", "```"))
        .isEqualTo(compiled);
    vch.image("registry.test/db:1").runs(Script.prints("done").exits(0));
    Path backup = folder.resolve("data.tar");
    Image image = VolumesExample.migrate(vch.host(), "registry.test/db:1", backup);
    assertThat(image.config().env()).contains("MIGRATED=1");
    assertThat(backup).isNotEmptyFile();
  }

  @Test
  void theExampleOfPods_isTheOneThatIsCompiled_andRuns(TestVch vch) throws IOException {
    String compiled =
        between(Files.readString(PODS), "  // README begins\n", "  // README ends").indent(-2);
    assertThat(between(Files.readString(README), "## Pods and Kubernetes\n```java\n", "```"))
        .isEqualTo(compiled);
    vch.image("registry.test/job:1").runs(Script.prints("done").exits(0));
    String yaml =
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: job}
        spec:
          restartPolicy: Never
          containers: [{name: job, image: "registry.test/job:1"}]
        """;
    assertThat(PodsExample.runJob(vch.host(), yaml).phase()).isEqualTo(PodPhase.SUCCEEDED);
  }

  @Test
  void theExampleOfTheTestkit_isATest() throws IOException {
    String compiled =
        between(Files.readString(TESTKIT), "  // README begins\n", "  // README ends").indent(-2);
    assertThat(between(Files.readString(README), "## In tests\n```java\n", "```"))
        .isEqualTo(compiled);
  }

  private static TestImage image(String name) {
    return TestImage.builder()
        .layer(layer -> layer.file("bin/" + name, "#!/bin/sh\n"))
        .entrypoint("/bin/" + name)
        .build();
  }

  private record PowerTaker(VcSim sim) implements VmListener {
    @Override
    public void changed(VmRecord vm) {
      if (vm.power() == PowerState.ON) {
        sim.guestPowersOff(vm.name());
      }
    }

    @Override
    public void vanished(String id) {}
  }

  @Test
  void theExampleOfTheReadme_runs() {
    try (EmbeddedRegistry registry = EmbeddedRegistry.start()) {
      ImageReference reference =
          registry.add(
              "lib/app:1",
              TestImage.builder()
                  .layer(layer -> layer.file("bin/app", "#!/bin/sh\n"))
                  .entrypoint("/bin/app")
                  .build());
      LocalDatastore datastore = LocalDatastore.at(folder);
      MemoryHypervisor hypervisor =
          MemoryHypervisor.create(
              datastore,
              VirtualClock.selfAdvancing(),
              (vm, session) -> Script.prints("hello").exits(3));
      assertThat(ReadmeExample.runOnce(hypervisor, datastore, reference.toString()))
          .isEqualTo(ExitStatus.exited(3));
    }
  }

  private static String between(String text, String begin, String end) {
    int from = text.indexOf(begin) + begin.length();
    return text.substring(from, text.indexOf(end, from));
  }
}

package io.vic4j.testkit.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.ConflictException;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.CopiedFiles;
import io.vic4j.pod.ContainerMount;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.PodFile;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.PodStatus;
import io.vic4j.pod.PodVolume;
import io.vic4j.storage.tar.TarReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What becomes of the files of a pod that runs, when it is given others: {@link
 * PodLifecycle#updateFiles}, on hypervisors that have streams into guests. Extend it, and say how
 * to open a host.
 */
public abstract class PodFilesContract {
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final PodKey KEY = PodKey.of("web");
  private static final String WEB = "web";

  private PodLifecycle pods;
  private String vmId;

  /** For subclasses. */
  protected PodFilesContract() {}

  /** The pods of a new host, without any. */
  protected abstract PodLifecycle newPods() throws Exception;

  /** The VMs of that host. */
  protected abstract ContainerVms vms() throws Exception;

  /** An image that this host can pull, and whose process runs until it is ended. */
  protected abstract String image() throws Exception;

  @BeforeEach
  final void makePod() throws Exception {
    pods = newPods();
    vmId =
        pods.create(
                PodSpec.builder(KEY)
                    .volume(
                        new PodVolume.Files(
                            "config",
                            List.of(
                                PodFile.of("text", "hello"),
                                PodFile.of("sub/deep", "water"),
                                PodFile.of("old", "gone soon"))))
                    .volume(new PodVolume.Files("none", List.of()))
                    .container(
                        ContainerSpec.builder(image())
                            .name(WEB)
                            .mount(ContainerMount.of("config", "/config"))
                            .mount(new ContainerMount("config", "/text", "text", true))
                            .mount(new ContainerMount("config", "/sub", "sub", true))
                            .mount(ContainerMount.of("none", "/none"))
                            .build())
                    .build())
            .vmId();
  }

  private void start() {
    pods.start(KEY);
    PodStatus unused = pods.awaitStarted(KEY, LONG);
  }

  private CopiedFiles open(String path) throws Exception {
    ContainerVm vm =
        vms().list().stream().filter(it -> it.id().equals(vmId)).findFirst().orElseThrow();
    return vm.copyOut(WEB, path, true);
  }

  private String read(String path) throws Exception {
    try (CopiedFiles files = open(path)) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      files.writeTo(out);
      TarReader tar = new TarReader(new ByteArrayInputStream(out.toByteArray()));
      if (!tar.next()) {
        throw new IOException("an empty tar");
      }
      return new String(tar.contentStream().readAllBytes(), UTF_8);
    }
  }

  private void assertNotThere(String path) {
    assertThatThrownBy(() -> open(path)).isInstanceOf(NotFoundException.class);
  }

  @Test
  final void filesOfAPodThatRuns_areReplaced_andPartsThatAreMountedAreNot() throws Exception {
    start();
    assertThat(read("/config/text")).isEqualTo("hello");
    assertThat(read("/config/sub/deep")).isEqualTo("water");
    assertThat(read("/text")).isEqualTo("hello");
    assertNotThere("/none/first");

    List<PodFile> others =
        List.of(PodFile.of("text", 0600, "hi".getBytes(UTF_8)), PodFile.of("new/file", "fresh"));
    pods.updateFiles(KEY, "config", others);
    pods.updateFiles(KEY, "none", List.of(PodFile.of("first", "one")));
    assertThat(read("/config/text")).isEqualTo("hi");
    try (CopiedFiles text = open("/config/text")) {
      assertThat(text.stat().mode() & 0777).isEqualTo(0600);
    }
    assertThat(read("/config/new/file")).isEqualTo("fresh");
    assertThat(read("/none/first")).isEqualTo("one");
    assertNotThere("/config/old");
    assertNotThere("/config/sub/deep");
    assertThat(read("/text")).isEqualTo("hello");
    assertThat(read("/sub/deep")).isEqualTo("water");

    pods.updateFiles(KEY, "config", others);
    pods.updateFiles(KEY, "config", List.of(PodFile.of("text", "bye")));
    assertThat(read("/config/text")).isEqualTo("bye");
    assertNotThere("/config/new");
    assertThat(read("/text")).isEqualTo("hello");
    assertThat(read("/sub/deep")).isEqualTo("water");
  }

  @Test
  final void filesThatCannotBe_leaveThoseThatAreThere() throws Exception {
    assertThatThrownBy(() -> pods.updateFiles(KEY, "config", List.of()))
        .isInstanceOf(ConflictException.class);
    start();
    List<PodFile> both = List.of(PodFile.of("text", "hi"), PodFile.of("text/in", "it"));
    assertThatThrownBy(() -> pods.updateFiles(KEY, "config", both))
        .isInstanceOf(InvalidArgumentException.class);
    List<PodFile> outside = List.of(PodFile.of("text", "hi"), PodFile.of("../out", "there"));
    assertThatThrownBy(() -> pods.updateFiles(KEY, "config", outside))
        .isInstanceOf(InvalidArgumentException.class);
    assertThatThrownBy(() -> pods.updateFiles(KEY, "nothing", List.of()))
        .isInstanceOf(NotFoundException.class);
    assertThat(read("/config/text")).isEqualTo("hello");
    assertThat(read("/config/old")).isEqualTo("gone soon");
  }

  @Test
  final void podThatStartsAnew_hasTheFilesThatItWasMadeWith() throws Exception {
    start();
    pods.updateFiles(KEY, "config", List.of(PodFile.of("text", "hi")));
    assertThat(read("/config/text")).isEqualTo("hi");
    pods.stop(KEY, Duration.ZERO);
    start();
    assertThat(read("/config/text")).isEqualTo("hello");
    assertThat(read("/config/old")).isEqualTo("gone soon");
    pods.updateFiles(KEY, "config", List.of(PodFile.of("text", "hi")));
    assertThat(read("/config/text")).isEqualTo("hi");
  }
}

package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.ImageReference;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnauthorizedException;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.LogReader;
import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.image.registry.CredentialSource;
import io.vic4j.image.registry.Credentials;
import io.vic4j.image.registry.RegistryClient;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.pod.PodPhase;
import io.vic4j.pod.PodSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pods whose images come over HTTP, from a registry that wants tokens and loses connections. */
final class PodFromRegistryTest {
  private static final PodKey KEY = PodKey.of("job");

  @TempDir Path folder;
  private final EmbeddedRegistry registry =
      EmbeddedRegistry.builder().tokens("ali", "sesame").start();

  @AfterEach
  void stop() {
    registry.close();
  }

  private RegistryClient client(String password) {
    return RegistryClient.builder()
        .credentials(CredentialSource.of(registry.address(), Credentials.basic("ali", password)))
        .sleeper(pause -> {})
        .build();
  }

  private static TestImage image() {
    byte[] content = new byte[1 << 20];
    new Random(1).nextBytes(content);
    return TestImage.builder()
        .layer(layer -> layer.file("data", content))
        .entrypoint("/bin/job")
        .build();
  }

  private static PodSpec pod(ImageReference reference) {
    return PodSpec.builder(KEY)
        .restartPolicy(RestartPolicy.NEVER)
        .container(ContainerSpec.builder(reference.toString()).name("job").build())
        .build();
  }

  @Test
  void pod_livesThoughAConnectionIsDroppedInMidLayer() {
    TestImage image = image();
    ImageReference reference = registry.add("lib/job:1", image);
    registry
        .faults()
        .onPath(".*/blobs/" + image.layerDescriptors().get(0).digest())
        .nth(1, RegistryFault.dropAfter(300_000));
    try (RegistryClient client = client("sesame");
        LocalHost host = new LocalHost(folder, client)) {
      host.runs(image, Script.prints("done").exits(3));
      PodLifecycle pods = host.open().pods();

      pods.create(pod(reference));
      pods.start(KEY);
      host.clock.advance(Duration.ofSeconds(1));

      assertThat(pods.status(KEY).phase()).isEqualTo(PodPhase.FAILED);
      assertThat(pods.status(KEY).container("job").state().exitStatus())
          .contains(ExitStatus.exited(3));
      try (LogReader log = pods.logs(KEY, "job")) {
        assertThat(log.text()).isEqualTo("done\n");
      }
      pods.delete(KEY);
      assertThat(pods.list()).isEmpty();
    }
    assertThat(registry.blobFetches(image.layerDescriptors().get(0).digest())).isEqualTo(2);
  }

  @Test
  void pod_ofAnImageThatMayNotBeRead_isNotMade_andLeavesNothing() {
    ImageReference reference = registry.add("lib/job:1", image());
    try (RegistryClient client = client("wrong");
        LocalHost host = new LocalHost(folder, client)) {
      PodLifecycle pods = host.open().pods();

      assertThatThrownBy(() -> pods.create(pod(reference)))
          .isInstanceOf(UnauthorizedException.class);
      assertThatThrownBy(() -> pods.get(KEY)).isInstanceOf(NotFoundException.class);
    }
    assertThat(folder.resolve("layers")).doesNotExist();
    assertThat(Files.exists(folder.resolve("containers"))).isFalse();
  }
}

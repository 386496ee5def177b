package io.vic4j.testkit.kubernetes;

import static io.vic4j.testkit.kubernetes.KubernetesStatusesTest.POD;
import static io.vic4j.testkit.kubernetes.KubernetesStatusesTest.conditions;
import static io.vic4j.testkit.kubernetes.KubernetesStatusesTest.waiting;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.OutOfSpaceException;
import io.vic4j.core.UnauthorizedException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VicException;
import io.vic4j.core.vm.InvalidSpecException;
import io.vic4j.pod.ImageUnavailableException;
import io.vic4j.pod.kubernetes.KubernetesPods;
import io.vic4j.pod.kubernetes.KubernetesStatuses;
import io.vic4j.pod.kubernetes.PodRefusedException;
import io.vic4j.pod.kubernetes.PodSources;
import io.vic4j.testkit.VirtualClock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pods that could not be made, as a cluster would see them. */
class KubernetesFailuresTest {
  private final KubernetesStatuses statuses =
      KubernetesStatuses.of(PodSources.NONE, VirtualClock.manual());

  private static VicException failure(String name) {
    return switch (name) {
      case "image" -> new NotFoundException("image", "registry.test/app:1");
      case "registry" ->
          new ImageUnavailableException(
              "registry.test/app:1", new UnavailableException("connection refused", null));
      case "credentials" -> new UnauthorizedException("wrong password");
      case "volume" -> new NotFoundException("volume", "data");
      case "spec" -> new InvalidSpecException("containers[app].nonRoot", "runs as root");
      case "space" -> new OutOfSpaceException("the datastore is full", null);
      default -> throw new AssertionError(name);
    };
  }

  @ParameterizedTest
  @CsvSource({
    "image, false, Always, ErrImagePull, ContainerCreating",
    "image, true, Always, ImagePullBackOff, ContainerCreating",
    "image, false, Never, ErrImageNeverPull, ContainerCreating",
    "registry, false, Always, ErrImagePull, ContainerCreating",
    "registry, true, Always, ImagePullBackOff, ContainerCreating",
    "credentials, false, Always, ErrImagePull, ErrImagePull",
    "volume, false, Always, CreateContainerConfigError, CreateContainerConfigError",
    "spec, false, Always, CreateContainerConfigError, CreateContainerConfigError",
    "space, false, Always, CreateContainerError, CreateContainerError"
  })
  void aPodThatCouldNotBeMadeSaysWhy(
      String failure, boolean waiting, String policy, String app, String log) {
    Pod pod =
        KubernetesPods.read(
            POD.replace("{name: app,", "{name: app, imagePullPolicy: " + policy + ","));

    PodStatus status = statuses.failed(pod, failure(failure), waiting);

    assertThat(status.getPhase()).isEqualTo("Pending");
    assertThat(status.getContainerStatuses())
        .extracting(KubernetesStatusesTest::waiting)
        .containsExactly(app, log);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "image: registry.test/log:1|image: registry.test/LOG|Pending|InvalidImageName",
        "name: log|name: log, envFrom: [{secretRef: {name: x}}]|Pending|CreateContainerConfigError",
        "containers:|'volumes: [{name: v, secret: {secretName: x}}]\n  containers:'|Pending|ContainerCreating",
        "name: log|name: log, volumeDevices: [{name: x}]|Failed|"
      })
  void aPodThatIsRefusedSaysWhy(String old, String replacement, String phase, String reason) {
    Pod pod = KubernetesPods.read(POD.replace("\"", "").replace(old, replacement));
    PodRefusedException refused =
        org.assertj.core.api.Assertions.catchThrowableOfType(
            PodRefusedException.class, () -> KubernetesPods.builder().build().translate(pod));

    PodStatus status = statuses.failed(pod, refused, false);

    assertThat(status.getPhase()).isEqualTo(phase);
    if (reason != null) {
      assertThat(waiting(status.getContainerStatuses().get(1))).isEqualTo(reason);
      assertThat(waiting(status.getContainerStatuses().get(0))).isEqualTo("ContainerCreating");
    } else {
      assertThat(status.getReason()).isEqualTo("PodRefused");
      assertThat(status.getMessage()).contains("spec.containers[1].volumeDevices");
      assertThat(conditions(status)).containsEntry("Ready", "False PodFailed");
    }
  }
}

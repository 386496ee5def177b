package io.vic4j.testkit.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.vic4j.core.NotFoundException;
import io.vic4j.pod.Pod;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodPhase;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.kubernetes.KubernetesPods;
import io.vic4j.pod.kubernetes.PodRefusedException;
import io.vic4j.pod.kubernetes.PodSources;
import io.vic4j.storage.volume.VolumeSpec;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.TestVch;
import io.vic4j.testkit.VicExtension;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** v1 Pods become VMs of a virtual container host. */
@ExtendWith(VicExtension.class)
class KubernetesPodCreationTest {
  private static final String POD =
      """
      apiVersion: v1
      kind: Pod
      metadata:
        name: shop
        namespace: web
        labels: {app: shop}
      spec:
        restartPolicy: OnFailure
        securityContext: {runAsUser: 1000, fsGroup: 2000}
        containers:
        - name: app
          image: registry.test/app:1
          args: [--mode, $(MODE)]
          env: [{name: MODE, valueFrom: {configMapKeyRef: {name: settings, key: mode}}}]
          resources: {limits: {cpu: 1500m, memory: 256Mi}}
          readinessProbe: {exec: {command: [check]}}
          lifecycle: {preStop: {sleep: {seconds: 2}}}
          volumeMounts:
          - {name: scratch, mountPath: /scratch}
          - {name: settings, mountPath: /settings, readOnly: true}
          - {name: data, mountPath: /data, subPath: shop}
        volumes:
        - {name: scratch, emptyDir: {sizeLimit: 32Mi}}
        - {name: settings, configMap: {name: settings}}
        - {name: data, persistentVolumeClaim: {claimName: shop-data}}
      """;

  private static final class Cluster implements PodSources {
    @Override
    public Optional<Data> configMap(String namespace, String name) {
      return PodSources.of(
              List.of(
                  new ConfigMapBuilder()
                      .withNewMetadata()
                      .withNamespace("web")
                      .withName("settings")
                      .endMetadata()
                      .withData(Map.of("mode", "fast"))
                      .build()),
              List.of())
          .configMap(namespace, name);
    }

    @Override
    public Optional<Claim> claim(String namespace, String name) {
      return Optional.of(new Claim("pvc-" + name, false));
    }
  }

  private static PodSpec translated() {
    return KubernetesPods.builder()
        .sources(new Cluster())
        .build()
        .translate(KubernetesPods.read(POD))
        .spec();
  }

  @Test
  void aPodIsMade_andRuns(TestVch vch) {
    vch.image("registry.test/app:1").runs(Script.runsForever());
    vch.host().volumes().create(VolumeSpec.builder("pvc-shop-data").build());

    vch.host().pods().create(translated());
    vch.host().pods().start(PodKey.of("web", "shop"));

    Pod pod = vch.host().pods().get(PodKey.of("web", "shop"));
    assertThat(pod.phase()).isEqualTo(PodPhase.RUNNING);
    assertThat(pod.spec().containers()).isEqualTo(translated().containers());
    assertThat(pod.spec().volumes()).hasSize(3);
  }

  @Test
  void aClaimWhoseVolumeIsGoneIsToldWhenThePodIsMade(TestVch vch) {
    vch.image("registry.test/app:1").runs(Script.runsForever());

    assertThatThrownBy(() -> vch.host().pods().create(translated()))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("pvc-shop-data");
    assertThat(vch.host().pods().list()).isEmpty();
  }

  @Test
  void whatNeedsACluster_isRefusedWithoutOne() {
    assertThatThrownBy(() -> KubernetesPods.parse(POD))
        .isInstanceOf(PodRefusedException.class)
        .hasMessageContainingAll(
            "spec.containers[0].env[0].valueFrom.configMapKeyRef: configmap \"settings\" not found",
            "spec.volumes[1].configMap: ",
            "spec.volumes[2].persistentVolumeClaim: ");
  }
}

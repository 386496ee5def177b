package io.vic4j.pod.kubernetes;

import static io.vic4j.pod.kubernetes.Translations.pod;
import static io.vic4j.pod.kubernetes.Translations.text;
import static io.vic4j.pod.kubernetes.Translations.translate;
import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.pod.ContainerMount;
import io.vic4j.pod.PodVolume;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class KubernetesVolumesTest {
  @Test
  void volumes_areDisksMemoryFilesAndTheHosts() {
    List<PodVolume> volumes = translate(Fixtures.POD).spec().volumes();

    assertThat(volumes.get(0))
        .isEqualTo(new PodVolume.Empty("scratch", false, OptionalLong.of(64L << 20)));
    assertThat(text(volumes.get(1))).containsExactly(Map.entry("conf/mode 600", "fast"));
    assertThat(text(volumes.get(2)))
        .containsExactly(Map.entry("other 400", "else"), Map.entry("token 400", "sesame"));
    assertThat(text(volumes.get(3)))
        .containsExactly(
            Map.entry("cpu 644", "1500"), Map.entry("labels 644", "app=\"shop\"\ntier=\"front\""));
    assertThat(text(volumes.get(4)).keySet())
        .containsExactly("ca.crt 440", "namespace 440", "secret 440", "token 440");
    assertThat(text(volumes.get(4)).get("token 440")).contains("seller", "PT1H7S", "api");
    assertThat(volumes.get(5)).isEqualTo(new PodVolume.Named("data", "pvc-data", false));
  }

  @Test
  void volumes_ofAConfigMapHaveAllItsKeys_binaryToo() {
    assertThat(
            text(
                translate(pod("volumes: [{name: a, configMap: {name: settings}}]", ""))
                    .spec()
                    .volumes()
                    .get(0)))
        .containsEntry("logo 644", "a picture")
        .containsEntry("mode 644", "fast");
  }

  @Test
  void volumes_withoutASourceAreEmpty_andHoldNoLessThanADiskCan() {
    assertThat(
            translate(pod("volumes: [{name: a}, {name: b, emptyDir: {sizeLimit: 1Mi}}]", ""))
                .spec()
                .volumes())
        .containsExactly(
            PodVolume.Empty.of("a"), new PodVolume.Empty("b", false, OptionalLong.of(16L << 20)));
  }

  @Test
  void mounts_haveTheirParts() {
    assertThat(translate(Fixtures.POD).spec().containers().get(0).options().mounts())
        .containsExactly(
            new ContainerMount("scratch", "/scratch", "a", false),
            ContainerMount.of("settings", "/settings"),
            new ContainerMount("scratch", "/own", "shop-0", false));
  }
}

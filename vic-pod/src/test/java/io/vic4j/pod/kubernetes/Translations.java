package io.vic4j.pod.kubernetes;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.PodFile;
import io.vic4j.pod.PodVolume;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Makes pods of YAML, for the tests of how they are translated. */
final class Translations {
  private Translations() {}

  static PodTranslation translate(String yaml) {
    return KubernetesPods.builder()
        .sources(new Fixtures.Cluster())
        .build()
        .translate(KubernetesPods.read(yaml));
  }

  /** A pod of one container, with this in its specification and this in its container. */
  static String pod(String spec, String container) {
    return """
        apiVersion: v1
        kind: Pod
        metadata: {name: web, namespace: web}
        spec:
        %s
          containers:
          - name: app
            image: registry.example/app:1
        %s
        """
        .formatted(spec.indent(2).stripTrailing(), container.indent(4).stripTrailing());
  }

  static ContainerSpec container(String yaml) {
    return translate(pod("", yaml)).spec().containers().get(0);
  }

  static List<String> problems(String yaml) {
    return catchThrowableOfType(PodRefusedException.class, () -> translate(yaml))
        .problems()
        .stream()
        .map(FieldProblem::path)
        .toList();
  }

  static Map<String, String> text(PodVolume volume) {
    Map<String, String> files = new TreeMap<>();
    for (PodFile file : ((PodVolume.Files) volume).files()) {
      files.put(
          file.path() + " " + Integer.toOctalString(file.mode()),
          StandardCharsets.UTF_8.decode(file.content().orElseThrow().duplicate()).toString());
    }
    return files;
  }
}

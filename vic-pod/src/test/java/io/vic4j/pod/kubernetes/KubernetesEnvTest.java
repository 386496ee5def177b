package io.vic4j.pod.kubernetes;

import static io.vic4j.pod.kubernetes.Translations.container;
import static io.vic4j.pod.kubernetes.Translations.pod;
import static io.vic4j.pod.kubernetes.Translations.problems;
import static io.vic4j.pod.kubernetes.Translations.translate;
import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.vm.AddressMarks;
import io.vic4j.pod.ContainerSpec;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KubernetesEnvTest {
  @Test
  void addresses_areTheGuestsToPutIn_wherever_theirVariablesAreNamed() {
    String env =
        """
        env:
        - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
        - {name: IPS, valueFrom: {fieldRef: {fieldPath: status.podIPs}}}
        - {name: URL, value: "http://$(IP):80"}
        args: ["--bind=$(IP)", "$$(IP)"]
        """;
    ContainerSpec app = container(env);
    assertThat(app.env())
        .containsEntry("IP", AddressMarks.FIRST)
        .containsEntry("IPS", AddressMarks.ALL)
        .containsEntry("URL", "http://" + AddressMarks.FIRST + ":80");
    assertThat(app.args()).containsExactly("--bind=" + AddressMarks.FIRST, "$(IP)");
    assertThat(
            problems(
                pod(
                    "volumes: [{name: v, emptyDir: {}}]",
                    env + "volumeMounts: [{name: v, mountPath: /v, subPathExpr: $(IP)}]")))
        .containsExactly("spec.containers[0].volumeMounts[0].subPathExpr");
  }

  @Test
  void env_isMadeAsAKubeletDoes() {
    ContainerSpec app = translate(Fixtures.POD).spec().containers().get(0);

    assertThat(app.env())
        .containsEntry("C_mode", "fast")
        .doesNotContainKey("C_logo")
        .containsEntry("S_token", "sesame")
        .containsEntry("GREETING", "hello fast")
        .containsEntry("FIELD", "shop-0")
        .containsEntry("LIMIT", "1024")
        .containsEntry("KEYED", "fast")
        .containsEntry("SECRET", "sesame")
        .containsEntry("ACCOUNT", "seller")
        .containsEntry("NODE", "node-a")
        .containsEntry("SHOP_SERVICE_HOST", "10.96.0.9");
    assertThat(app.args()).containsExactly("--for=hello fast", "$(GREETING)", "$(UNKNOWN)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "$(A)|1",
        "$$(A)|$(A)",
        "$$$(A)|$1",
        "$$$$(A)|$$(A)",
        "$(A)$(B)|12",
        "x$(C)y|x$(C)y",
        "$(A|$(A",
        "$A|$A",
        "a$|a$",
        "a$$|a$",
        "$()|$()",
        "$($(A))|$($(A))",
        "$((A))|$((A))"
      })
  void expansion_isKubernetes(String text, String expanded) {
    Map<String, String> variables = Map.of("A", "1", "B", "2");

    assertThat(Expansion.expand(text, it -> Optional.ofNullable(variables.get(it))))
        .isEqualTo(expanded);
  }

  @Test
  void env_seesOnlyWhatStandsBeforeIt() {
    ContainerSpec app =
        container(
            """
            env:
            - {name: A, value: $(B)}
            - {name: B, value: b}
            - {name: C, value: $(B)$(SHOP_SERVICE_HOST)}
            - {name: B, value: later}
            """);

    assertThat(app.env())
        .containsEntry("A", "$(B)")
        .containsEntry("B", "later")
        .containsEntry("C", "b10.96.0.9");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "metadata.name|web",
        "metadata.namespace|web",
        "metadata.labels['none']|''",
        "spec.nodeName|node-b",
        "spec.serviceAccountName|default",
        "status.hostIP|192.0.2.7",
        "status.hostIPs|192.0.2.7,2001:db8::7"
      })
  void fieldRef_tellsWhatIsKnown(String field, String value) {
    assertThat(
            container("env: [{name: X, valueFrom: {fieldRef: {fieldPath: \"" + field + "\"}}}]")
                .env())
        .containsEntry("X", value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"metadata.uid", "spec.x"})
  void fieldRef_refusesWhatIsNotKnown(String field) {
    assertThat(
            problems(
                pod("", "env: [{name: X, valueFrom: {fieldRef: {fieldPath: " + field + "}}}]")))
        .containsExactly("spec.containers[0].env[0].valueFrom.fieldRef.fieldPath");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "limits.cpu||2",
        "limits.cpu|1m|1500",
        "requests.cpu||1",
        "limits.memory|1Mi|1024",
        "limits.memory||1073741824",
        "requests.memory|1Gi|1",
        "requests.ephemeral-storage||0"
      })
  void resourceFieldRef_isRoundedUp(String resource, String divisor, String value) {
    String by = divisor == null ? "" : ", divisor: " + divisor;
    assertThat(
            container(
                    "resources: {requests: {cpu: 100m}, limits: {cpu: 1.5, memory: 1Gi}}\n"
                        + "env: [{name: X, valueFrom: {resourceFieldRef: {resource: "
                        + resource
                        + by
                        + "}}}]")
                .env())
        .containsEntry("X", value);
  }
}

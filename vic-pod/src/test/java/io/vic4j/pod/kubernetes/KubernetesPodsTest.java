package io.vic4j.pod.kubernetes;

import static io.vic4j.pod.kubernetes.Translations.container;
import static io.vic4j.pod.kubernetes.Translations.pod;
import static io.vic4j.pod.kubernetes.Translations.problems;
import static io.vic4j.pod.kubernetes.Translations.translate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.vic4j.core.vm.GuestAction;
import io.vic4j.core.vm.HostEntry;
import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.core.vm.SessionLifecycle;
import io.vic4j.core.vm.SessionResources;
import io.vic4j.core.vm.SessionRole;
import io.vic4j.core.vm.Signal;
import io.vic4j.image.registry.Credentials;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.PullPolicy;
import io.vic4j.pod.Resolver;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KubernetesPodsTest {
  @Test
  void parse_takesWhatPeopleHave() {
    PodSpec pod =
        KubernetesPods.parse(
            """
            apiVersion: v1
            kind: Pod
            metadata:
              name: nginx
              labels: {app: nginx}
            spec:
              containers:
              - name: nginx
                image: nginx:1.27
                ports: [{containerPort: 80}]
            """);

    assertThat(pod)
        .isEqualTo(
            PodSpec.builder("nginx")
                .label("app", "nginx")
                .container(
                    ContainerSpec.builder("nginx:1.27").name("nginx").noHealthCheck().build())
                .build());
  }

  @Test
  void translate_keepsWhatThePodIsAndTheOrderOfItsContainers() {
    PodSpec pod = translate(Fixtures.POD).spec();

    assertThat(pod.key()).isEqualTo(PodKey.of("web", "shop-0"));
    assertThat(pod.uid()).contains("8f1c5a52-1a0e-4f0b-9c1b-6f0d7a1a2b3c");
    assertThat(pod.labels()).containsEntry("app", "shop").containsEntry("tier", "front");
    assertThat(pod.annotations()).containsEntry("note", "said \"hi\"");
    assertThat(pod.allContainers().stream().map(it -> it.name().orElseThrow()))
        .containsExactly("prepare", "proxy", "app", "log");
    assertThat(pod.restartPolicy()).isEqualTo(RestartPolicy.ALWAYS);
    assertThat(pod.terminationGrace()).isEqualTo(Duration.ofSeconds(45));
    assertThat(pod.activeDeadline()).contains(Duration.ofHours(1));
    assertThat(pod.hostname()).contains("shop");
    assertThat(pod.hosts()).containsExactly(HostEntry.of("10.1.2.3", "ledger", "ledger.example"));
    assertThat(pod.fsGroup()).hasValue(3000);
  }

  @Test
  void subdomain_isInTheClustersDomain() {
    assertThat(translate(Fixtures.POD).spec().domain()).contains("shops.web.svc.cluster.local");
    String yaml =
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: db-0, namespace: team}
        spec: {subdomain: db, containers: [{name: db, image: "db:1"}]}
        """;
    assertThat(KubernetesPods.parse(yaml).domain()).contains("db.team.svc.cluster.local");
    PodSources elsewhere =
        new PodSources() {
          @Override
          public String clusterDomain() {
            return "corp.example";
          }
        };
    assertThat(
            KubernetesPods.builder()
                .sources(elsewhere)
                .build()
                .translate(KubernetesPods.read(yaml))
                .spec()
                .domain())
        .contains("db.team.svc.corp.example");
    assertThat(KubernetesPods.parse(yaml.replace("subdomain: db, ", "")).domain()).isEmpty();
    assertThat(problems(yaml.replace("subdomain: db", "subdomain: a.b")))
        .containsExactly("spec.subdomain");
  }

  @Test
  void initContainers_areSidecarsWhereTheyAlwaysRestart() {
    PodSpec pod = translate(Fixtures.POD).spec();

    assertThat(pod.initContainers().stream().map(it -> it.options().lifecycle().role()))
        .containsExactly(SessionRole.INIT, SessionRole.SIDECAR);
    assertThat(pod.initContainers().get(0).command()).containsExactly("prepare", "fast");
    assertThat(pod.initContainers().get(1).options().lifecycle().startup()).isPresent();
  }

  @Test
  void resources_areMillisAndBytes_andRequestsAreLimitsWhereNotGiven() {
    assertThat(
            container("resources: {requests: {cpu: 100m}, limits: {cpu: 1.5, memory: 1.5Gi}}")
                .options()
                .resources())
        .isEqualTo(
            new SessionResources(
                OptionalLong.of(100),
                OptionalLong.of(1500),
                OptionalLong.of(3L << 29),
                OptionalLong.of(3L << 29)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{limits: {nvidia.com/gpu: 1}}|limits[nvidia.com/gpu]",
        "{limits: {hugepages-2Mi: 4Mi}}|limits[hugepages-2Mi]",
        "{limits: {cpu: 1}, requests: {cpu: 2}}|requests[cpu]",
        "{requests: {memory: -1}}|requests[memory]",
        "{requests: {memory: lots}}|requests[memory]"
      })
  void resources_thatCannotBeAreRefused(String resources, String path) {
    assertThat(problems(pod("", "resources: " + resources)))
        .containsExactly("spec.containers[0].resources." + path);
  }

  @Test
  void securityContext_saysWhoRunsAndWhatItMay() {
    ContainerSpec app = translate(Fixtures.POD).spec().containers().get(0);
    ContainerSpec log = translate(Fixtures.POD).spec().containers().get(1);

    assertThat(app.user()).contains("1001:2000");
    assertThat(log.user()).contains("1000:2000");
    assertThat(app.readOnlyRoot()).isTrue();
    assertThat(app.options().groups()).containsExactly("4000", "3000");
    assertThat(app.options().nonRoot()).isTrue();
    assertThat(app.options().noNewPrivileges()).isTrue();
    assertThat(app.options().addedCapabilities()).containsExactly("CAP_NET_ADMIN");
    assertThat(app.options().droppedCapabilities()).containsExactly("ALL");
    assertThat(container("securityContext: {privileged: true}").options().addedCapabilities())
        .containsExactly("ALL");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{runAsUser: -1}|runAsUser",
        "{runAsGroup: 5}|runAsGroup",
        "{runAsUser: 0, runAsNonRoot: true}|runAsNonRoot",
        "{privileged: true, allowPrivilegeEscalation: false}|allowPrivilegeEscalation",
        "{capabilities: {add: [FLY]}}|capabilities.add[0]",
        "{capabilities: {drop: [KILL, FLY]}}|capabilities.drop[1]",
        "{seccompProfile: {type: Localhost, localhostProfile: x}}|seccompProfile.localhostProfile"
      })
  void securityContext_thatCannotBeIsRefused(String security, String path) {
    assertThat(problems(pod("", "securityContext: " + security)))
        .contains("spec.containers[0].securityContext." + path);
  }

  @Test
  void probesAndHooks_areTheGuests() {
    SessionLifecycle lifecycle =
        translate(Fixtures.POD).spec().containers().get(0).options().lifecycle();

    assertThat(lifecycle.grace()).isEqualTo(Duration.ofSeconds(45));
    assertThat(lifecycle.postStart()).contains(GuestAction.Exec.of("begun"));
    assertThat(lifecycle.preStop()).contains(new GuestAction.Sleep(Duration.ofSeconds(5)));
    assertThat(lifecycle.startup().orElseThrow().action())
        .isEqualTo(GuestAction.TcpConnect.of(8081));
    assertThat(lifecycle.liveness().orElseThrow().period()).isEqualTo(Duration.ofSeconds(20));
    assertThat(lifecycle.readiness().orElseThrow())
        .isEqualTo(
            io.vic4j.core.vm.Probe.of(
                    new GuestAction.HttpGet(
                        Optional.empty(),
                        8080,
                        "/ready",
                        List.of(new GuestAction.HttpHeader("Accept", "text/plain")),
                        false))
                .withThresholds(2, 3));
    assertThat(
            translate(Fixtures.POD)
                .spec()
                .containers()
                .get(1)
                .options()
                .lifecycle()
                .liveness()
                .orElseThrow()
                .action())
        .isEqualTo(new GuestAction.Grpc(9001, "log"));
    assertThat(translate(Fixtures.POD).spec().containers().get(0).stopSignal())
        .contains(Signal.parse("USR1"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "livenessProbe: {}|livenessProbe",
        "livenessProbe: {tcpSocket: {port: 1}, exec: {command: [x]}}|livenessProbe",
        "livenessProbe: {httpGet: {port: web}}|livenessProbe.httpGet.port",
        "livenessProbe: {tcpSocket: {port: 70000}}|livenessProbe.tcpSocket.port",
        "livenessProbe: {exec: {command: [x]}, successThreshold: 2}|livenessProbe.successThreshold",
        "livenessProbe: {httpGet: {port: 1, scheme: FTP}}|livenessProbe.httpGet.scheme",
        "readinessProbe: {exec: {command: [x]}, terminationGracePeriodSeconds: 2}|readinessProbe.terminationGracePeriodSeconds",
        "lifecycle: {preStop: {tcpSocket: {port: 1}}}|lifecycle.preStop.tcpSocket",
        "lifecycle: {stopSignal: SIGFOO}|lifecycle.stopSignal",
        "image: 'registry.example/App'|image",
        "imagePullPolicy: Sometimes|imagePullPolicy",
        "restartPolicy: Sometimes|restartPolicy",
        "workingDir: here|workingDir",
        "stdinTwice: true|stdinTwice",
        "ports: [{containerPort: 0}]|ports[0].containerPort",
        "ports: [{containerPort: 1, name: a}, {containerPort: 2, name: a}]|ports[1].name",
        "env: [{name: 'a=b'}]|env[0].name",
        "env: [{name: A, valueFrom: {configMapKeyRef: {name: none, key: x}}}]|env[0].valueFrom.configMapKeyRef",
        "env: [{name: A, valueFrom: {configMapKeyRef: {name: settings, key: x}}}]|env[0].valueFrom.configMapKeyRef",
        "envFrom: [{secretRef: {name: none}}]|envFrom[0].secretRef",
        "volumeMounts: [{name: none, mountPath: /x}]|volumeMounts[0].name"
      })
  void aContainerThatCannotBeIsRefusedByThePath(String yaml, String path) {
    String pod = pod("", yaml);
    if (yaml.startsWith("image:")) {
      pod = pod.replace("    image: registry.example/app:1\n", "");
    }
    String text = pod;
    assertThat(problems(text)).contains("spec.containers[0]." + path);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hostNetwork: true|hostNetwork",
        "shareProcessNamespace: true|shareProcessNamespace",
        "runtimeClassName: gvisor|runtimeClassName",
        "activeDeadlineSeconds: 0|activeDeadlineSeconds",
        "terminationGracePeriodSeconds: -1|terminationGracePeriodSeconds",
        "restartPolicy: Maybe|restartPolicy",
        "hostname: Big|hostname",
        "dnsPolicy: None|dnsConfig.nameservers",
        "dnsPolicy: Some|dnsPolicy",
        "dnsConfig: {nameservers: [dns]}|dnsConfig.nameservers[0]",
        "dnsConfig: {nameservers: [1.1.1.1, 1.1.1.2, 1.1.1.3]}|dnsConfig.nameservers",
        "hostAliases: [{ip: x, hostnames: [a]}]|hostAliases[0]",
        "imagePullSecrets: [{name: none}]|imagePullSecrets[0]",
        "imagePullSecrets: [{name: keys}]|imagePullSecrets[0]",
        "os: {name: windows}|os.name",
        "securityContext: {sysctls: [{name: a, value: b}]}|securityContext.sysctls",
        "initContainers: [{name: app, image: a}]|containers[0].name",
        "initContainers: [{name: i, image: a, readinessProbe: {exec: {command: [x]}}}]|initContainers[0].readinessProbe",
        "volumes: [{name: a, hostPath: {path: /x}}]|volumes[0].hostPath",
        "volumes: [{name: a, emptyDir: {}}, {name: a, emptyDir: {}}]|volumes[1].name",
        "volumes: [{name: a, emptyDir: {medium: HugePages}}]|volumes[0].emptyDir.medium",
        "volumes: [{name: a, configMap: {name: none}}]|volumes[0].configMap",
        "volumes: [{name: a, secret: {secretName: keys, defaultMode: 01000}}]|volumes[0].secret.defaultMode",
        "volumes: [{name: a, configMap: {name: settings, items: [{key: none, path: x}]}}]|volumes[0].configMap.items[0].key",
        "volumes: [{name: a, configMap: {name: settings, items: [{key: mode, path: ../x}]}}]|volumes[0].configMap.items[0].path",
        "volumes: [{name: a, persistentVolumeClaim: {claimName: none}}]|volumes[0].persistentVolumeClaim",
        "volumes: [{name: a, projected: {sources: [{}]}}]|volumes[0].projected.sources[0]"
      })
  void aPodThatCannotBeIsRefusedByThePath(String yaml, String path) {
    assertThat(problems(pod(yaml, ""))).contains("spec." + path);
  }

  @Test
  void allProblemsAreToldAtOnce_andWhatMayPass() {
    PodRefusedException refused =
        catchThrowableOfType(
            PodRefusedException.class,
            () ->
                translate(
                    pod(
                            "hostNetwork: true\nvolumes: [{name: a, secret: {secretName: none}}]",
                            "stdinTwice: 1")
                        .replace("stdinTwice: 1", "env: [{name: ''}]")));

    assertThat(refused.problems())
        .extracting(FieldProblem::path, FieldProblem::kind)
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple("spec.hostNetwork", FieldProblem.Kind.UNSUPPORTED),
            org.assertj.core.groups.Tuple.tuple(
                "spec.volumes[0].secret", FieldProblem.Kind.MISSING),
            org.assertj.core.groups.Tuple.tuple(
                "spec.containers[0].env[0].name", FieldProblem.Kind.INVALID));
    assertThat(refused.mayPass()).isFalse();
    assertThat(refused).hasMessageContaining("pod web/web cannot be made: spec.hostNetwork: ");
  }

  @Test
  void whatIsMissingMayPass() {
    assertThatThrownBy(() -> translate(pod("volumes: [{name: a, secret: {secretName: x}}]", "")))
        .isInstanceOfSatisfying(PodRefusedException.class, it -> assertThat(it.mayPass()).isTrue());
  }

  @Test
  void dns_isTheClusters() {
    assertThat(translate(Fixtures.POD).spec().resolver())
        .isEqualTo(
            new Resolver(
                List.of("10.96.0.10", "1.1.1.1"),
                List.of(
                    "web.svc.cluster.local", "svc.cluster.local", "cluster.local", "shop.example"),
                List.of("ndots:5", "timeout:2", "edns0")));
    assertThat(translate(pod("dnsPolicy: Default", "")).spec().resolver())
        .isEqualTo(Resolver.DEFAULT);
    assertThat(
            translate(pod("dnsPolicy: None\ndnsConfig: {nameservers: [9.9.9.9]}", ""))
                .spec()
                .resolver())
        .isEqualTo(new Resolver(List.of("9.9.9.9"), List.of(), List.of()));
  }

  @ParameterizedTest
  @CsvSource({
    "app, ALWAYS",
    "app:latest, ALWAYS",
    "app:1, IF_NOT_PRESENT",
    "app@sha256:1111111111111111111111111111111111111111111111111111111111111111, IF_NOT_PRESENT"
  })
  void imagePullPolicy_dependsOnTheTag(String image, PullPolicy policy) {
    assertThat(
            translate(pod("", "").replace("registry.example/app:1", "registry.example/" + image))
                .spec()
                .containers()
                .get(0)
                .pullPolicy())
        .isEqualTo(policy);
  }

  @Test
  void imagePullSecrets_areCredentials() {
    PodTranslation translation = translate(Fixtures.POD);

    assertThat(translation.pullCredentials().credentials("registry.example"))
        .contains(Credentials.basic("ali", "pw"));
    assertThat(translation.pullCredentials().credentials("docker.io")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kind: Deployment|kind",
        "metadata: {name: x, uuid: y}|metadata.uuid",
        "spec: {containers: [{name: a, image: b, livenesProbe: {}}]}|spec.containers[0].livenesProbe",
        "spec: {containers: [{name: a, image: b, env: [{name: A, value: 5}]}]}|spec.containers[0].env[0].value",
        "spec: {containers: [{name: a, image: b, tty: 'yes'}]}|spec.containers[0].tty",
        "spec: {hostNetwork: [1]}|spec.hostNetwork"
      })
  void read_isStrict(String line, String path) {
    String kind = line.startsWith("kind") ? "" : "kind: Pod\n";
    assertThat(
            catchThrowableOfType(
                    PodRefusedException.class,
                    () -> KubernetesPods.read("apiVersion: v1\n" + kind + line))
                .problems())
        .extracting(FieldProblem::path)
        .containsExactly(path);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "just text",
        "{",
        "a: 1\na: 2",
        "apiVersion: v1\nkind: Pod\n---\napiVersion: v1\nkind: Pod\n"
      })
  void read_wantsOneDocument(String text) {
    assertThatThrownBy(() -> KubernetesPods.read(text)).isInstanceOf(PodRefusedException.class);
  }

  @Test
  void read_takesJson() {
    assertThat(
            KubernetesPods.parse(
                    """
                    {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"},
                     "spec": {"containers": [{"name": "a", "image": "b:1"}]}}
                    """)
                .key())
        .isEqualTo(PodKey.of("a"));
  }

  @Test
  void changes_areThoseThatMayBe() {
    String after =
        Fixtures.POD
            .replace("tier: front", "tier: back")
            .replace("shop:1.2", "shop:1.3")
            .replace("tool:2", "tool:3")
            .replace("os: {name: linux}", "os: {name: linux}\n  tolerations: [{key: maintenance}]")
            .replace("activeDeadlineSeconds: 3600", "activeDeadlineSeconds: 60")
            .replace("terminationGracePeriodSeconds: 45", "terminationGracePeriodSeconds: 1");
    PodChange change =
        KubernetesPods.changes(KubernetesPods.read(Fixtures.POD), KubernetesPods.read(after));

    assertThat(change.labels().orElseThrow()).containsEntry("tier", "back");
    assertThat(change.annotations()).isEmpty();
    assertThat(change.images())
        .hasToString("{app=registry.example/shop:1.3, prepare=registry.example/tool:3}");
    assertThat(change.activeDeadline()).contains(Duration.ofMinutes(1));
    assertThat(change.terminationGrace()).contains(Duration.ofSeconds(1));
    assertThat(
            KubernetesPods.changes(
                    KubernetesPods.read(Fixtures.POD), KubernetesPods.read(Fixtures.POD))
                .isEmpty())
        .isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "name: shop-0|name: shop-1|metadata.name",
        "hostname: shop|hostname: store|spec.hostname",
        "command: [serve]|command: [sell]|spec.containers[0].command[0]",
        "activeDeadlineSeconds: 3600|activeDeadlineSeconds: 7200|spec.activeDeadlineSeconds",
        "sizeLimit: 64Mi|sizeLimit: 65Mi|spec.volumes[0].emptyDir.sizeLimit"
      })
  void changes_thatMayNotBeAreRefused(String before, String after, String path) {
    assertThat(
            catchThrowableOfType(
                    PodRefusedException.class,
                    () ->
                        KubernetesPods.changes(
                            KubernetesPods.read(Fixtures.POD),
                            KubernetesPods.read(Fixtures.POD.replace(before, after))))
                .problems())
        .extracting(FieldProblem::path)
        .containsExactly(path);
  }
}

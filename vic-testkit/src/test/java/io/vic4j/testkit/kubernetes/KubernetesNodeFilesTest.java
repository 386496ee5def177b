package io.vic4j.testkit.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.vic4j.core.ConflictException;
import io.vic4j.core.IdSource;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.CopiedFiles;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.kubernetes.KubernetesPods;
import io.vic4j.storage.tar.TarReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The files of pods that run follow what they are made of. */
@Timeout(60)
class KubernetesNodeFilesTest {
  private static final String POD =
      """
      apiVersion: v1
      kind: Pod
      metadata: {name: NAME, namespace: default, labels: {app: NAME}}
      spec:
        nodeName: vic-1
        serviceAccountName: builder
        containers:
        - name: app
          image: registry.test/web:1
          imagePullPolicy: IfNotPresent
          volumeMounts: [{name: files, mountPath: /files}]
        volumes:
        - {name: files, VOLUME}
      """;

  private static final String NONE = "none";
  private static final String BUSY = "busy";
  private static final Duration ROUNDS = Duration.ofMinutes(3);

  private final NodeCluster cluster = new NodeCluster();
  private final ContainerVms vms =
      ContainerVms.over(
          cluster.vch.hypervisor(),
          cluster.vch.host().name().value(),
          cluster.clock,
          IdSource.random());
  private final Map<String, AtomicInteger> requests = new ConcurrentHashMap<>();
  private volatile boolean isDown;
  private volatile boolean takesNoStatus;

  private void start() {
    cluster.api.faults(
        line -> {
          requests.computeIfAbsent(line, key -> new AtomicInteger()).incrementAndGet();
          return (isDown && line.matches(".*/(configmaps|secrets|serviceaccounts)/.*"))
                  || (takesNoStatus && line.contains("/pods/web/status"))
              ? Optional.of(ApiServer.failure(500, "InternalError"))
              : Optional.empty();
        });
    var unused = cluster.start();
  }

  @AfterEach
  void close() {
    vms.close();
    cluster.close();
  }

  /** How often something of the namespace was asked for. */
  private int asked(String request, String path) {
    AtomicInteger count = requests.get(request + " /api/v1/namespaces/default/" + path);
    return count == null ? 0 : count.get();
  }

  private static ConfigMapBuilder map(String name, String text) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .endMetadata()
        .addToData("text", text);
  }

  private void create(ConfigMapBuilder map) {
    ConfigMap unused = cluster.api.create(map.build());
  }

  private void change(String name, String text) {
    ConfigMap unused = cluster.api.update(map(name, text).build());
  }

  private static Secret secret(String text) {
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName("key")
        .endMetadata()
        .addToStringData("password", text)
        .build();
  }

  private void account() {
    var unused =
        cluster.api.create(
            new ServiceAccountBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("builder")
                .endMetadata()
                .build());
  }

  private void bind(String name, String volume) {
    String yaml = POD.replace("NAME", name).replace("VOLUME", volume);
    Pod unused = cluster.api.create(KubernetesPods.read(yaml));
  }

  /** A pod that has such a volume at {@code /files}, and runs. */
  private void run(String name, String volume) {
    bind(name, volume);
    cluster.untilPhase(name, "Running");
  }

  private String read(String pod, String file) {
    String id = cluster.host().pods().get(PodKey.of(pod)).vmId();
    ContainerVm vm = vms.list().stream().filter(it -> it.id().equals(id)).findFirst().orElseThrow();
    try (CopiedFiles files = vm.copyOut("app", "/files/" + file, true)) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      files.writeTo(out);
      TarReader tar = new TarReader(new ByteArrayInputStream(out.toByteArray()));
      return tar.next() ? new String(tar.contentStream().readAllBytes(), UTF_8) : NONE;
    } catch (NotFoundException e) {
      return NONE;
    } catch (ConflictException | UnavailableException e) {
      return BUSY; // It boots, or the node speaks with it just now.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void untilReads(String pod, String file, String text) {
    cluster.until(() -> read(pod, file).equals(text));
  }

  /** Lets time pass, and the node work in it. */
  private void pass(Duration time) {
    Instant end = cluster.clock.instant().plus(time);
    cluster.until(
        () -> {
          cluster.clock.advance(Duration.ofSeconds(4));
          return !cluster.clock.instant().isBefore(end);
        });
  }

  @Test
  void aConfigMapThatChanges_isFollowed_andAskedForOnceAMinute_whateverThePods() {
    start();
    create(map("settings", "old"));
    for (int i = 0; i < 10; i++) {
      bind("web-" + i, "configMap: {name: settings}");
    }
    for (int i = 0; i < 10; i++) {
      cluster.untilPhase("web-" + i, "Running");
      assertThat(read("web-" + i, "text")).isEqualTo("old");
    }
    Instant before = cluster.clock.instant();
    change("settings", "new");
    for (int i = 0; i < 10; i++) {
      untilReads("web-" + i, "text", "new");
    }
    assertThat(Duration.between(before, cluster.clock.instant())).isLessThan(Duration.ofMinutes(3));

    int asked = asked("GET", "configmaps/settings");
    pass(Duration.ofMinutes(5));
    assertThat(asked("GET", "configmaps/settings") - asked).isBetween(2, 6);
  }

  @Test
  void allSourcesOfAProjectedVolume_areFollowed() {
    start();
    create(map("settings", "old"));
    var unused = cluster.api.create(secret("sesame"));
    run(
        "web",
        "projected: {sources: [{configMap: {name: settings, items: [{key: text, path: a/text}]}},"
            + " {secret: {name: key}}, {downwardAPI: {items: [{path: labels, fieldRef:"
            + " {fieldPath: metadata.labels}}]}}]}");
    assertThat(read("web", "a/text")).isEqualTo("old");
    assertThat(read("web", "password")).isEqualTo("sesame");
    assertThat(read("web", "labels")).isEqualTo("app=\"web\"");

    change("settings", "new");
    untilReads("web", "a/text", "new");
    assertThat(read("web", "password")).isEqualTo("sesame");
    unused = cluster.api.update(secret("mellon"));
    untilReads("web", "password", "mellon");
    assertThat(read("web", "a/text")).isEqualTo("new");
  }

  @Test
  void labelsThatChange_areFollowedAtOnce() {
    start();
    run("web", "downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}");
    Pod relabelled =
        new PodBuilder(cluster.get("web"))
            .editMetadata()
            .withResourceVersion(null)
            .addToLabels("tier", "front")
            .endMetadata()
            .build();
    Pod unused = cluster.api.update(relabelled);
    NodeCluster.awaitNow(() -> read("web", "labels").equals("app=\"web\"\ntier=\"front\""));
  }

  @Test
  void whatIsImmutable_isNotAskedForAgain() {
    start();
    create(map("fixed", "old").withImmutable(true));
    run("web", "configMap: {name: fixed}");
    int asked = asked("GET", "configmaps/fixed");
    cluster.api.delete("configmaps", "default", "fixed", null);
    create(map("fixed", "new").withImmutable(true));
    pass(ROUNDS);
    assertThat(asked("GET", "configmaps/fixed")).isEqualTo(asked);
    assertThat(read("web", "text")).isEqualTo("old");
  }

  /** Until when the token is good that was asked for last. */
  private Instant endOfToken() {
    return Instant.parse(
        cluster
            .api
            .find("tokenrequests", "default", "builder", TokenRequest.class)
            .orElseThrow()
            .getStatus()
            .getExpirationTimestamp());
  }

  @Test
  void aToken_isRenewed_whenFourFifthsOfItsLifeAreOver() {
    cluster.options(it -> it.filesInterval(Duration.ofSeconds(10)));
    start();
    account();
    run(
        "web",
        "projected: {sources: [{serviceAccountToken: {path: token, expirationSeconds: 600}}]}");
    String first = read("web", "token");
    assertThat(first).endsWith("of builder");
    Instant end = endOfToken();
    cluster.clock.advance(Duration.between(cluster.clock.instant(), end.minusSeconds(205)));
    pass(Duration.ofMinutes(1));
    assertThat(read("web", "token")).isEqualTo(first);
    assertThat(endOfToken()).isEqualTo(end);
    cluster.until(() -> !read("web", "token").equals(first) && !read("web", "token").equals(BUSY));
    assertThat(cluster.clock.instant()).isBetween(end.minusSeconds(135), end);
    assertThat(read("web", "token")).endsWith("of builder").isNotEqualTo(first);
    assertThat(asked("POST", "serviceaccounts/builder/token")).isEqualTo(2);
  }

  @Test
  void anApiServerThatDoesNotAnswer_leavesTheFiles_untilItDoes() {
    start();
    create(map("settings", "old"));
    run("web", "configMap: {name: settings}");
    isDown = true;
    change("settings", "new");
    pass(ROUNDS);
    assertThat(read("web", "text")).isEqualTo("old");
    assertThat(cluster.phase("web")).isEqualTo("Running");
    isDown = false;
    untilReads("web", "text", "new");
  }

  @Test
  void aReferenceThatIsOptional_mayComeAndGo_anotherOneLeavesTheFiles() {
    start();
    create(map("wanted", "here"));
    run("web", "projected: {sources: [{configMap: {name: later, optional: true}}]}");
    run("other", "configMap: {name: wanted}");
    assertThat(read("web", "text")).isEqualTo(NONE);
    create(map("later", "come"));
    untilReads("web", "text", "come");
    cluster.api.delete("configmaps", "default", "later", null);
    untilReads("web", "text", NONE);

    cluster.api.delete("configmaps", "default", "wanted", null);
    pass(ROUNDS);
    assertThat(read("other", "text")).isEqualTo("here");
    assertThat(cluster.phase("other")).isEqualTo("Running");
    create(map("wanted", "again"));
    untilReads("other", "text", "again");
  }

  @Test
  void aProgramThatBeginsAnew_tellsWhatHasChangedMeanwhile() {
    start();
    account();
    create(map("settings", "old"));
    run(
        "web",
        "projected: {sources: [{configMap: {name: settings}},"
            + " {serviceAccountToken: {path: token}}]}");
    String token = read("web", "token");
    cluster.stop();
    change("settings", "new");
    cluster.restart();
    untilReads("web", "text", "new");
    assertThat(read("web", "token")).endsWith("of builder").isNotEqualTo(token);
  }

  private void startAnew(String pod) {
    PodKey key = PodKey.of(pod);
    var unused = cluster.host().pods().stop(key, Duration.ZERO);
    unused = cluster.host().pods().start(key);
  }

  @Test
  void aVmThatIsStartedAnew_isToldAnew() {
    start();
    create(map("settings", "old"));
    run("web", "configMap: {name: settings}");
    change("settings", "new");
    untilReads("web", "text", "new");
    takesNoStatus = true; // Else the pod would be over.
    startAnew("web");
    untilReads("web", "text", "new");
  }

  @Test
  void aVmThatWasStartedAnew_whileNoProgramWasThere_isToldAnew() {
    start();
    create(map("settings", "old"));
    run("web", "configMap: {name: settings}");
    change("settings", "new");
    untilReads("web", "text", "new");
    cluster.stop();
    startAnew("web");
    cluster.restart();
    untilReads("web", "text", "new");
    assertThat(cluster.phase("web")).isEqualTo("Running");
  }

  private List<String> mountFailures(String pod) {
    return cluster.events(pod).stream()
        .filter(it -> it.getReason().equals("FailedMount") && it.getType().equals("Warning"))
        .map(it -> it.getMessage() + " x" + it.getCount())
        .toList();
  }

  @Test
  void aConfigMapThatGoes_isToldOfOnce_andAgainWhenTheProblemIsAnother() {
    start();
    create(map("settings", "old"));
    run("web", "configMap: {name: settings, items: [{key: text, path: text}]}");
    String gone =
        "MountVolume.SetUp failed for volume \"files\" : configmap \"settings\" not found";
    cluster.api.delete("configmaps", "default", "settings", null);
    cluster.until(() -> mountFailures("web").contains(gone + " x1"));
    pass(ROUNDS);
    assertThat(mountFailures("web")).containsExactly(gone + " x1");

    create(map("settings", "new").withData(Map.of("other", "x")));
    String noKey =
        "MountVolume.SetUp failed for volume \"files\" : references non-existent config key: text";
    cluster.until(() -> mountFailures("web").contains(noKey + " x1"));
    pass(ROUNDS);
    assertThat(mountFailures("web")).containsExactlyInAnyOrder(gone + " x1", noKey + " x1");
    assertThat(read("web", "text")).isEqualTo("old");

    change("settings", "newer");
    untilReads("web", "text", "newer");
    cluster.api.delete("configmaps", "default", "settings", null);
    cluster.until(() -> mountFailures("web").contains(gone + " x2"));
  }

  @Test
  void aVolumeWhoseSecretIsNotThere_isWaitedFor_andSaysSo() {
    start();
    bind("web", "secret: {secretName: key}");
    String missing = "MountVolume.SetUp failed for volume \"files\" : secret \"key\" not found";
    cluster.until(() -> mountFailures("web").stream().anyMatch(it -> it.startsWith(missing)));
    cluster.until(() -> cluster.reason("web").equals("ContainerCreating"));
    assertThat(cluster.reasons("web")).doesNotContain("Failed");
    var unused = cluster.api.create(secret("sesame"));
    cluster.untilPhase("web", "Running");
    assertThat(read("web", "password")).isEqualTo("sesame");
  }
}

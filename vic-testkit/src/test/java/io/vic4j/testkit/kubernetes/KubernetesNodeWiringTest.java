package io.vic4j.testkit.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestSpec;
import io.vic4j.core.UnauthorizedException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.image.ImageSources;
import io.vic4j.image.registry.CredentialSource;
import io.vic4j.image.registry.Credentials;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodVolume;
import io.vic4j.pod.kubernetes.node.KubernetesNode;
import io.vic4j.storage.volume.VolumeSpec;
import io.vic4j.testkit.FaultPlan.Operation;
import io.vic4j.testkit.HostResources;
import io.vic4j.testkit.ProbeAnswer;
import io.vic4j.testkit.Script;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a node asks the cluster for, and what it offers, all of it at once. */
@Timeout(60)
class KubernetesNodeWiringTest {
  private static final long DATASTORE_BYTES = 64L << 20;
  private static final Credentials ALICE = Credentials.basic("alice", "sesame");

  private final NodeCluster cluster =
      new NodeCluster(
          it ->
              it.resources(HostResources.of(4, 2_000, MemorySize.ofMebibytes(4 << 10)))
                  .capacityBytes(DATASTORE_BYTES));
  private final AtomicBoolean registryIsDown = new AtomicBoolean();
  private KubernetesNode node;

  private void start() throws Exception {
    KubeletCertificates certificates = KubeletNode.certificates();
    cluster.options(
        it ->
            it.address("127.0.0.1")
                .pullSources(this::sources)
                .kubelet(
                    kubelet ->
                        kubelet
                            .address(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                            .certificate(certificates.certificate(), certificates.key())
                            .clientCa(certificates.ca())
                            .authorizer(
                                (user, verb, sub) -> user.groups().contains("system:masters"))));
    node = cluster.start();
  }

  @AfterEach
  void close() {
    cluster.close();
  }

  /** A registry that knows Alice alone. */
  private ImageSources sources(CredentialSource credentials) {
    return reference -> {
      if (registryIsDown.get()) {
        throw new UnavailableException("connection refused", null);
      }
      if (!credentials.credentials(reference.registry()).equals(Optional.of(ALICE))) {
        throw new UnauthorizedException("who are you?");
      }
      return cluster.vch.registry().open(reference);
    };
  }

  private static Pod pod(String name, String image, Consumer<PodBuilder> settings) {
    PodBuilder builder = new PodBuilder(NodeCluster.pod(name, image, "Always"));
    settings.accept(builder);
    return builder.build();
  }

  private String message(String pod) {
    var state = cluster.get(pod).getStatus().getContainerStatuses().get(0).getState();
    return state.getWaiting() == null ? "" : String.valueOf(state.getWaiting().getMessage());
  }

  @Test
  void theKubeletIsFoundByTheNode_andServesThePodsOfTheCluster() throws Exception {
    start();
    cluster.bind("web", "web");
    cluster.untilPhase("web", "Running");
    int port = cluster.node().getStatus().getDaemonEndpoints().getKubeletEndpoint().getPort();
    assertThat(port).isEqualTo(node.kubeletPort().getAsInt());

    URI pods = URI.create("https://localhost:" + port + "/pods");
    var master = KubeletNode.certificates().client(KubeletNode.MASTER);
    assertThat(KubeletNode.send(master, HttpRequest.newBuilder(pods)).body())
        .contains("\"PodList\"", cluster.get("web").getMetadata().getUid());
    var nobody = KubeletNode.certificates().nobody();
    assertThat(KubeletNode.send(nobody, HttpRequest.newBuilder(pods)).statusCode()).isEqualTo(401);
  }

  @Test
  void inputThatIsForOne_endsWithWhoAttaches() throws Exception {
    cluster.image("echo", Script.copiesInput().exits(0));
    start();
    cluster.api.create(
        new PodBuilder(NodeCluster.pod("echo", "echo", "Never"))
            .editSpec()
            .editContainer(0)
            .withStdin(true)
            .withStdinOnce(true)
            .endContainer()
            .endSpec()
            .build());
    cluster.untilPhase("echo", "Running");
    URI attach =
        URI.create(
            "wss://localhost:"
                + node.kubeletPort().getAsInt()
                + "/attach/default/echo/app?input=1&output=1");
    try (ChannelClient client =
        ChannelClient.open(
            KubeletNode.certificates().client(KubeletNode.MASTER), attach, "v5.channel.k8s.io")) {
      client.send(0, "hello");
      client.end(0);
      cluster.untilPhase("echo", "Succeeded");
      assertThat(client.awaitClose()).isEqualTo(1000);
      assertThat(client.text(1)).isEqualTo("hello");
    }
  }

  // ---- Images.

  private static Pod privately(String name) {
    return pod(name, "web", it -> it.editSpec().addNewImagePullSecret("login").endSpec());
  }

  private void login(String password) {
    String config =
        "{\"auths\":{\"registry.test\":{\"username\":\"alice\",\"password\":\""
            + password
            + "\"}}}";
    cluster.api.create(
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName("login")
            .endMetadata()
            .withType("kubernetes.io/dockerconfigjson")
            .addToData(
                ".dockerconfigjson", Base64.getEncoder().encodeToString(config.getBytes(UTF_8)))
            .build());
  }

  @Test
  void anImageIsPulledWithThePodsSecret() throws Exception {
    start();
    login("sesame");
    cluster.api.create(privately("web"));
    cluster.untilPhase("web", "Running");
  }

  @Test
  void anImageIsNotPulledWithAWrongSecret() throws Exception {
    start();
    login("mellon");
    cluster.api.create(privately("web"));
    cluster.until(() -> cluster.reason("web").equals("ErrImagePull"));
    cluster.until(() -> cluster.reason("web").equals("ImagePullBackOff"));
    assertThat(cluster.phase("web")).isEqualTo("Pending");
    assertThat(message("web")).contains("who are you?").doesNotContain("mellon");
  }

  @Test
  void aRegistryThatDoesNotAnswer_isTriedAgain() throws Exception {
    start();
    login("sesame");
    registryIsDown.set(true);
    cluster.api.create(privately("web"));
    cluster.until(() -> cluster.reason("web").equals("ErrImagePull"));
    cluster.until(() -> cluster.reason("web").equals("ImagePullBackOff"));
    assertThat(message("web")).contains("registry.test/web:1", "connection refused");

    registryIsDown.set(false);
    cluster.untilPhase("web", "Running");
  }

  // ---- Volumes.

  private static Pod withClaim() {
    return pod(
        "db",
        "web",
        it ->
            it.editSpec()
                .addNewVolume()
                .withName("data")
                .withNewPersistentVolumeClaim("db-data", false)
                .endVolume()
                .editContainer(0)
                .addNewVolumeMount()
                .withName("data")
                .withMountPath("/data")
                .endVolumeMount()
                .endContainer()
                .endSpec());
  }

  private static PersistentVolumeClaim claim(String volume) {
    return new PersistentVolumeClaimBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName("db-data")
        .endMetadata()
        .withNewSpec()
        .withAccessModes("ReadWriteOnce")
        .withVolumeName(volume)
        .endSpec()
        .build();
  }

  @Test
  void aClaimThatIsBound_isTheVolumeOfItsName() throws Exception {
    start();
    cluster.host().volumes().create(VolumeSpec.builder("pv-7").build());
    cluster.api.create(withClaim());
    cluster.until(() -> cluster.reasons("db").contains("FailedMount"));
    assertThat(cluster.events("db").get(0).getMessage()).contains("\"data\"", "\"db-data\"");
    cluster.until(() -> cluster.reason("db").equals("ContainerCreating"));

    cluster.api.create(claim("pv-7"));
    cluster.untilPhase("db", "Running");
    assertThat(cluster.host().pods().get(PodKey.of("db")).spec().volumes())
        .containsExactly(new PodVolume.Named("data", "pv-7", false));
  }

  @Test
  void aClaim_isTheVolumeThatTheProgramSays() throws Exception {
    cluster.options(
        it -> it.claimVolumes(claim -> Optional.of("of-" + claim.getMetadata().getName())));
    start();
    cluster.host().volumes().create(VolumeSpec.builder("of-db-data").build());
    cluster.api.create(claim(""));
    cluster.api.create(withClaim());
    cluster.untilPhase("db", "Running");
    assertThat(cluster.host().pods().get(PodKey.of("db")).spec().volumes())
        .containsExactly(new PodVolume.Named("data", "of-db-data", false));
  }

  @Test
  void aTokenOfTheServiceAccount_isAFileOfThePod() throws Exception {
    start();
    cluster.api.create(
        new ServiceAccountBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName("builder")
            .endMetadata()
            .build());
    Pod created =
        cluster.api.create(
            pod(
                "web",
                "web",
                it ->
                    it.editSpec()
                        .withServiceAccountName("builder")
                        .addNewVolume()
                        .withName("token")
                        .withNewProjected()
                        .addNewSource()
                        .withNewServiceAccountToken()
                        .withAudience("vault")
                        .withExpirationSeconds(600L)
                        .withPath("token")
                        .endServiceAccountToken()
                        .endSource()
                        .endProjected()
                        .endVolume()
                        .endSpec()));
    cluster.untilPhase("web", "Running");
    PodVolume volume = cluster.host().pods().get(PodKey.of("web")).spec().volumes().get(0);
    assertThat(((PodVolume.Files) volume).files())
        .singleElement()
        .satisfies(file -> assertThat(file.path()).isEqualTo("token"));
    TokenRequestSpec asked =
        cluster
            .api
            .find("tokenrequests", "default", "builder", TokenRequest.class)
            .orElseThrow()
            .getSpec();
    assertThat(asked.getAudiences()).containsExactly("vault");
    assertThat(asked.getExpirationSeconds()).isEqualTo(600);
    assertThat(asked.getBoundObjectRef().getUid()).isEqualTo(created.getMetadata().getUid());
  }

  // ---- How pods and the node are.

  @Test
  void aProbeThatFails_isTold() throws Exception {
    cluster
        .vch
        .image("registry.test/sick:1")
        .onlyInRegistry()
        .answers((session, action, since) -> ProbeAnswer.status(503))
        .runs(Script.runsForever());
    start();
    cluster.api.create(
        pod(
            "sick",
            "sick",
            it ->
                it.editSpec()
                    .editContainer(0)
                    .withNewReadinessProbe()
                    .withNewHttpGet()
                    .withNewPort(8080)
                    .withPath("/ready")
                    .endHttpGet()
                    .withPeriodSeconds(5)
                    .endReadinessProbe()
                    .endContainer()
                    .endSpec()));
    cluster.untilPhase("sick", "Running");
    cluster.until(() -> cluster.reasons("sick").contains("Unhealthy"));
    assertThat(cluster.events("sick"))
        .filteredOn(it -> it.getReason().equals("Unhealthy"))
        .allSatisfy(
            it -> {
              assertThat(it.getType()).isEqualTo("Warning");
              assertThat(it.getMessage())
                  .isEqualTo("Readiness probe failed: HTTP probe failed with statuscode: 503");
              assertThat(it.getInvolvedObject().getFieldPath()).isEqualTo("spec.containers{app}");
            });
    assertThat(cluster.get("sick").getStatus().getContainerStatuses().get(0).getReady()).isFalse();
  }

  private NodeCondition condition(String type) {
    return cluster.node().getStatus().getConditions().stream()
        .filter(it -> it.getType().equals(type))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void memoryThatRunsOut_isAConditionOfTheNode_untilThereIsMore() throws Exception {
    start();
    assertThat(condition("MemoryPressure").getStatus()).isEqualTo("False");
    cluster.api.create(
        pod(
            "large",
            "web",
            it ->
                it.editSpec()
                    .editContainer(0)
                    .withNewResources()
                    .withLimits(Map.of("memory", new Quantity("3900Mi")))
                    .endResources()
                    .endContainer()
                    .endSpec()));
    cluster.untilPhase("large", "Running");
    cluster.until(() -> condition("MemoryPressure").getStatus().equals("True"));
    assertThat(condition("MemoryPressure").getReason()).isEqualTo("KubeletHasInsufficientMemory");
    assertThat(condition("DiskPressure").getStatus()).isEqualTo("False");
    assertThat(condition("Ready").getStatus()).isEqualTo("True");

    cluster.delete("large", 0L);
    cluster.until(() -> condition("MemoryPressure").getStatus().equals("False"));
  }

  @Test
  void aDatastoreThatRunsFull_isAConditionOfTheNode_untilThereIsSpace() throws Exception {
    start();
    assertThat(condition("DiskPressure").getStatus()).isEqualTo("False");
    DatastorePath file = DatastorePath.parse("others/large");
    try (DatastoreWriter writer = cluster.vch.datastore().create(file)) {
      byte[] content = new byte[(int) (DATASTORE_BYTES / 100 * 95)];
      Arrays.fill(content, (byte) 1); // Zeros would take no space.
      writer.write(0, ByteBuffer.wrap(content));
      writer.commit();
    }
    cluster.until(() -> condition("DiskPressure").getStatus().equals("True"));
    assertThat(condition("DiskPressure").getReason()).isEqualTo("KubeletHasDiskPressure");
    assertThat(condition("MemoryPressure").getStatus()).isEqualTo("False");

    cluster.vch.datastore().delete(file);
    cluster.until(() -> condition("DiskPressure").getStatus().equals("False"));
  }

  @Test
  void aNetworkThatIsGone_isAConditionOfTheNode_untilItIsBack() throws Exception {
    start();
    assertThat(condition("NetworkUnavailable").getStatus()).isEqualTo("False");
    cluster.vch.hypervisor().loseNetwork("bridge");
    cluster.until(() -> condition("NetworkUnavailable").getStatus().equals("True"));
    assertThat(condition("NetworkUnavailable").getMessage())
        .isEqualTo("network 'bridge' is not there");
    assertThat(condition("Ready").getStatus()).isEqualTo("True");

    cluster.vch.hypervisor().restoreNetwork("bridge");
    cluster.until(() -> condition("NetworkUnavailable").getStatus().equals("False"));
  }

  // ---- What the hypervisor does not do.

  @Test
  void aVmThatCannotBeMade_isSaidByThePod() throws Exception {
    start();
    cluster
        .vch
        .faults()
        .on(Operation.CREATE_VM)
        .everyCall()
        .fails(() -> new UnavailableException("no host is connected", null));
    cluster.bind("web", "web");
    cluster.until(() -> cluster.reason("web").equals("CreateContainerError"));
    assertThat(cluster.phase("web")).isEqualTo("Pending");
    assertThat(message("web")).contains("no host is connected");

    cluster.vch.faults().clear();
    cluster.untilPhase("web", "Running");
  }

  @Test
  void aVmThatCannotBeStarted_isSaidByThePod() throws Exception {
    start();
    cluster
        .vch
        .faults()
        .on(Operation.POWER_ON)
        .everyCall()
        .fails(() -> new UnavailableException("no host has the memory", null));
    cluster.bind("web", "web");
    cluster.until(() -> cluster.reason("web").equals("RunContainerError"));
    assertThat(cluster.phase("web")).isEqualTo("Pending");
    assertThat(message("web")).contains("no host has the memory");
    cluster.until(() -> cluster.reasons("web").contains("Failed"));
    assertThat(cluster.isThere("web")).isTrue();

    cluster.vch.faults().clear();
    cluster.untilPhase("web", "Running");
    assertThat(cluster.reason("web")).isEmpty();
  }
}

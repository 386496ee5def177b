package io.vic4j.testkit.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.vic4j.core.vm.Signal;
import io.vic4j.pod.kubernetes.node.KubernetesNode;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.TestVch;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** A real control plane and its node lose each other, and agree in the end. */
@EnabledIfSystemProperty(
    named = RealCluster.PROPERTY,
    matches = ".+",
    disabledReason = RealCluster.WHY_NOT)
@Timeout(120)
final class ClusterOutageIT {
  private static final String DEPLOYMENT =
      """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web}
      spec:
        replicas: 2
        selector: {matchLabels: {app: web}}
        template:
          metadata: {labels: {app: web}}
          spec:
            tolerations: [{key: virtual-kubelet.io/provider, operator: Exists}]
            containers: [{name: app, image: "registry.test/web:1"}]
      """;

  private static final String IMPATIENT =
      """
      apiVersion: v1
      kind: Pod
      metadata: {name: impatient}
      spec:
        tolerations:
        - {key: virtual-kubelet.io/provider, operator: Exists}
        - key: node.kubernetes.io/unreachable
          operator: Exists
          effect: NoExecute
          tolerationSeconds: 1
        containers: [{name: app, image: "registry.test/web:1"}]
      """;

  @TempDir private static Path folder;
  @AutoClose private static ClusterHost own;
  private static RealCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    own = new ClusterHost(folder, ClusterOutageIT::addImage);
    cluster = own.cluster;
  }

  private static void addImage(TestVch vch) {
    vch.image("registry.test/web:1")
        .onlyInRegistry()
        .runs(Script.runsForever().onSignal(Signal.TERM, Script.exits(0)));
  }

  @AfterEach
  void clear() throws Exception {
    cluster.clear();
  }

  private static void deploy() throws Exception {
    cluster.apply(DEPLOYMENT);
    cluster.order("rollout", "status", "deployment/web");
  }

  /** When each pod's container began. */
  private static Map<String, String> beginnings() {
    Map<String, String> times = new TreeMap<>();
    for (Pod pod : cluster.admin.pods().inNamespace("default").list().getItems()) {
      times.put(
          pod.getMetadata().getName(),
          pod.getStatus().getContainerStatuses().get(0).getState().getRunning().getStartedAt());
    }
    return times;
  }

  private static Node node() {
    return cluster.admin.nodes().withName(RealCluster.NODE).get();
  }

  private static String ready() {
    return node().getStatus().getConditions().stream()
        .filter(it -> it.getType().equals("Ready"))
        .map(it -> it.getStatus())
        .findFirst()
        .orElse("");
  }

  @Test
  void anApiServerThatIsKilled_andForgetsVersions_isFoundAgain() throws Exception {
    deploy();
    Map<String, String> before = beginnings();
    cluster.plane.killApiServer();
    cluster.plane.compact();
    cluster.plane.startApiServer();
    assertThat(beginnings()).isEqualTo(before);

    cluster.order("scale", "deployment/web", "--replicas=4");
    cluster.order("rollout", "status", "deployment/web");
    assertThat(beginnings()).hasSize(4).containsAllEntriesOf(before);
    RealCluster.until(cluster::agrees);
    RealCluster.until(() -> ready().equals("True"));
  }

  @Test
  void aProgramThatBeginsAnew_findsItsPods_andWhatHappenedMeanwhile() throws Exception {
    deploy();
    Map<String, String> before = beginnings();
    List<String> names = List.copyOf(before.keySet());
    cluster.stopNode();
    cluster.order("delete", "pod", names.get(0), "--wait=false");
    cluster.order("scale", "deployment/web", "--replicas=3");
    cluster.startNode();
    cluster.order("rollout", "status", "deployment/web");
    RealCluster.until(cluster::agrees);
    assertThat(beginnings())
        .hasSize(3)
        .doesNotContainKey(names.get(0))
        .containsEntry(names.get(1), before.get(names.get(1)));
  }

  @Test
  void aNodeThatIsSilent_isNotReady_andItsPodsAreAsTheyWere_whenItIsBack() throws Exception {
    try (TestVch other = own.another();
        KubernetesNode unused = cluster.startNode(cluster.userOf("vic-2"), "vic-2", other.host())) {
      // Where no node answers, Kubernetes takes none's pods away. It is to get none.
      cluster.order("cordon", "vic-2");
      losesItsNode();
    }
    cluster.order("delete", "node", "vic-2");
  }

  private static void losesItsNode() throws Exception {
    deploy();
    cluster.apply(IMPATIENT);
    cluster.untilPhase("impatient", "Running");
    Map<String, String> before = beginnings();
    before.remove("impatient");
    cluster.stopNode();
    RealCluster.until(() -> ready().equals("Unknown"));
    RealCluster.until(() -> podsReady().equals("False False"));
    RealCluster.until(() -> cluster.columns("get", "pods").contains("impatient 1/1 Terminating"));
    assertThat(cluster.isOnHost("impatient")).isTrue();

    cluster.startNode();
    RealCluster.until(() -> ready().equals("True"));
    RealCluster.until(() -> cluster.pod("impatient") == null);
    assertThat(cluster.isOnHost("impatient")).isFalse();
    RealCluster.until(() -> podsReady().equals("True True"));
    assertThat(beginnings()).isEqualTo(before);
    RealCluster.until(cluster::agrees);
  }

  /** What the pods of the Deployment have as their condition Ready. */
  private static String podsReady() throws Exception {
    String path = "jsonpath={..conditions[?(@.type=='Ready')].status}";
    return cluster.run("get", "pods", "-l", "app=web", "-o", path);
  }

  @Test
  void aNodeThatIsDeleted_isThereAgain_andItsPodsRunOn() throws Exception {
    deploy();
    Map<String, String> before = beginnings();
    String uid = node().getMetadata().getUid();
    cluster.order("delete", "node", RealCluster.NODE);
    RealCluster.until(() -> node() != null && !node().getMetadata().getUid().equals(uid));
    RealCluster.until(() -> ready().equals("True"));
    RealCluster.until(
        () -> {
          var lease =
              cluster
                  .admin
                  .leases()
                  .inNamespace("kube-node-lease")
                  .withName(RealCluster.NODE)
                  .get();
          return lease != null
              && lease.getMetadata().getOwnerReferences().stream()
                  .allMatch(it -> it.getUid().equals(node().getMetadata().getUid()));
        });
    assertThat(beginnings()).isEqualTo(before);
    RealCluster.until(cluster::agrees);
  }

  @Test
  void aTaintThatAnAdministratorHasRemoved_isNoTrouble() throws Exception {
    String taint = "virtual-kubelet.io/provider";
    cluster.order("taint", "node", RealCluster.NODE, taint + "-");
    cluster.stopNode();
    cluster.startNode();
    assertThat(node().getSpec().getTaints()).noneMatch(it -> it.getKey().equals(taint));
    cluster.order("taint", "node", RealCluster.NODE, taint + "=vic:NoSchedule");
  }
}

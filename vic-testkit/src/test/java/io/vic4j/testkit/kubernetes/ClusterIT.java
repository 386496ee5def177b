package io.vic4j.testkit.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.ImageReference;
import io.vic4j.core.vm.Signal;
import io.vic4j.pod.ContainerStatus;
import io.vic4j.pod.Pod;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.kubernetes.node.KubernetesNode;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.TestVch;
import io.vic4j.testkit.integration.TestCa;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** A real control plane has a node do what it wants: its scheduler and its controllers. */
@EnabledIfSystemProperty(
    named = RealCluster.PROPERTY,
    matches = ".+",
    disabledReason = RealCluster.WHY_NOT)
@Timeout(120)
final class ClusterIT {
  /** What pods need to come to the node. */
  private static final String TOLERATION =
      "tolerations: [{key: virtual-kubelet.io/provider, operator: Exists}]";

  @TempDir private static Path folder;
  @AutoClose private static ClusterHost own;
  private static RealCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    own = new ClusterHost(folder, ClusterIT::addImages);
    cluster = own.cluster;
  }

  private static void addImages(TestVch vch) {
    image(vch, "web:1", Script.runsForever().onSignal(Signal.TERM, Script.exits(0)));
    image(vch, "web:2", Script.runsForever().onSignal(Signal.TERM, Script.exits(0)));
    image(vch, "job:1", Script.prints("done").after(Duration.ofMillis(100)).exits(0));
    image(vch, "broken:1", Script.printsError("no disk").after(Duration.ofMillis(100)).exits(3));
    image(vch, "stubborn:1", Script.runsForever().ignores(Signal.TERM));
    image(
        vch,
        "ticker:1",
        Script.prints("one")
            .after(Duration.ofSeconds(2))
            .prints("two")
            .after(Duration.ofSeconds(1))
            .prints("three")
            .exits(0));
    ImageReference unused = vch.image("registry.test/there:1").runs(Script.runsForever());
  }

  private static void image(TestVch vch, String name, Script script) {
    vch.image("registry.test/" + name).onlyInRegistry().runs(script);
  }

  @AfterEach
  void clear() throws Exception {
    cluster.clear();
  }

  @Test
  void theNode_isReady_andDescribed() throws Exception {
    RealCluster.until(() -> cluster.columns("get", "nodes").contains("vic-1 Ready"));
    assertThat(cluster.columns("describe", "node", "vic-1"))
        .contains(
            "kubernetes.io/arch=amd64",
            "kubernetes.io/hostname=vic-1",
            "kubernetes.io/os=linux",
            "Taints: virtual-kubelet.io/provider=vic:NoSchedule",
            "HolderIdentity: vic-1",
            "KubeletReady",
            "InternalIP: 127.0.0.1",
            "ProviderID: vic://test/vic-1",
            "pods: 110");
    RealCluster.until(
        () ->
            List.of("Starting kubelet.", "Node vic-1 status is now: NodeReady").stream()
                .allMatch(cluster.columns("describe", "node", "vic-1")::contains));
    RealCluster.until(
        () ->
            cluster
                .run("get", "node", "vic-1", "-o", "jsonpath={.status.images[*].names}")
                .contains("registry.test/there:1"));
  }

  // ---- What controllers want.

  private static String template(String image) {
    return "spec: {TOLERATION, containers: [{name: app, image: \"registry.test/IMAGE\"}]}"
        .replace("TOLERATION", TOLERATION)
        .replace("IMAGE", image);
  }

  private static String workload(String kind, String name, String more) {
    return """
        apiVersion: apps/v1
        kind: KIND
        metadata: {name: NAME}
        spec:
          selector: {matchLabels: {app: NAME}}
          MORE
          template:
            metadata: {labels: {app: NAME}}
            SPEC
        """
        .replace("KIND", kind)
        .replace("NAME", name)
        .replace("MORE", more)
        .replace("SPEC", template("web:1"));
  }

  private static List<String> imagesOnHost() {
    return cluster.host().pods().list().stream()
        .flatMap(it -> it.status().containers().stream())
        .map(ContainerStatus::image)
        .distinct()
        .toList();
  }

  @Test
  void aDeployment_isScheduled_rolledOver_andScaled() throws Exception {
    cluster.apply(workload("Deployment", "web", "replicas: 3"));
    assertThat(cluster.run("rollout", "status", "deployment/web"))
        .contains("successfully rolled out");
    assertThat(cluster.host().pods().list()).hasSize(3);
    assertThat(imagesOnHost()).containsExactly("registry.test/web:1");
    assertThat(cluster.run("get", "pods", "-o", "jsonpath={..imageID}"))
        .startsWith("registry.test/web@sha256:");

    cluster.order("set", "image", "deployment/web", "app=registry.test/web:2");
    assertThat(cluster.run("rollout", "status", "deployment/web"))
        .contains("successfully rolled out");
    RealCluster.until(() -> cluster.host().pods().list().size() == 3);
    assertThat(imagesOnHost()).containsExactly("registry.test/web:2");

    cluster.order("scale", "deployment/web", "--replicas=1");
    RealCluster.until(() -> cluster.host().pods().list().size() == 1);
    RealCluster.until(cluster::agrees);
  }

  @Test
  void aStatefulSet_comesInOrder_andEachPodHasItsName() throws Exception {
    cluster.apply(workload("StatefulSet", "db", "serviceName: all\n  replicas: 2"));
    assertThat(cluster.run("rollout", "status", "statefulset/db")).contains("2 new pods");
    Pod second = cluster.host().pods().get(PodKey.of("db-1"));
    assertThat(second.spec().hostname()).contains("db-1");
    String first = cluster.host().pods().get(PodKey.of("db-0")).uid();
    cluster.order("delete", "pod", "db-0");
    RealCluster.until(
        () ->
            cluster
                .host()
                .pods()
                .find(PodKey.of("db-0"))
                .filter(it -> !it.uid().equals(first))
                .isPresent());
    cluster.untilPhase("db-0", "Running");
  }

  private static String job(String name, String image, String more) {
    return """
        apiVersion: batch/v1
        kind: Job
        metadata: {name: NAME}
        spec:
          MORE
          template:
            spec:
              restartPolicy: Never
              TOLERATION
              containers: [{name: app, image: "registry.test/IMAGE"}]
        """
        .replace("NAME", name)
        .replace("MORE", more)
        .replace("TOLERATION", TOLERATION)
        .replace("IMAGE", image);
  }

  @Test
  void jobs_areCompleted_orFailed() throws Exception {
    cluster.apply(job("sum", "job:1", "completions: 3\n  parallelism: 2"));
    cluster.apply(job("bad", "broken:1", "backoffLimit: 0"));
    assertThat(cluster.run("wait", "--for=condition=complete", "--timeout=60s", "job/sum"))
        .contains("condition met");
    assertThat(cluster.run("wait", "--for=condition=failed", "--timeout=60s", "job/bad"))
        .contains("condition met");
    assertThat(cluster.columns("get", "jobs")).contains("sum 3/3", "bad 0/1");
    assertThat(cluster.run("logs", "job/bad")).isEqualTo("no disk\n");
    assertThat(cluster.columns("get", "pods")).contains("Completed", "Error");
  }

  @Test
  void aService_hasThePodsThatAreReady() throws Exception {
    own.vch.scripts().program("ready", Script.exits(1));
    cluster.apply(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: front}
        spec: {selector: {app: front}, ports: [{port: 80}]}
        """);
    cluster.apply(
        pod("front", "web:1", "readinessProbe: {exec: {command: [ready]}, periodSeconds: 1}"));
    cluster.untilPhase("front", "Running");
    assertThat(cluster.columns("get", "pods")).contains("front 0/1 Running");
    assertThat(cluster.columns("get", "endpoints", "front")).doesNotContain("192.0.2.1");
    own.vch.scripts().program("ready", Script.exits(0));
    RealCluster.until(() -> cluster.columns("get", "endpoints", "front").contains("192.0.2.1:80"));
    assertThat(cluster.columns("get", "pods")).contains("front 1/1 Running");
    own.vch.scripts().program("ready", Script.exits(1));
    RealCluster.until(() -> !cluster.columns("get", "endpoints", "front").contains("192.0.2.1"));
  }

  // ---- Pods of their own.

  private static String pod(String name, String image, String more) {
    return """
        apiVersion: v1
        kind: Pod
        metadata: {name: NAME, labels: {app: NAME}}
        spec:
          TOLERATION
          containers:
          - name: app
            image: registry.test/IMAGE
            MORE
        """
        .replace("NAME", name)
        .replace("IMAGE", image)
        .replace("MORE", more)
        .replace("TOLERATION", TOLERATION);
  }

  @Test
  void aPodWithMuchInIt_runsAsTheApiServerCompletesIt() throws Exception {
    own.vch.scripts().program("ready", Script.exits(0));
    cluster.order("apply", "-f", "src/test/resources/pods/rich.yaml");
    assertThat(cluster.run("wait", "--for=condition=Ready", "--timeout=60s", "pod/rich"))
        .contains("condition met");
    assertThat(cluster.columns("describe", "pod", "rich"))
        .contains("QoS Class: Burstable", "Ready True", "Initialized True");
  }

  @Test
  void aPodThatCrashes_backsOff_andSaysSo() throws Exception {
    cluster.apply(pod("bad", "broken:1", ""));
    RealCluster.until(
        () -> cluster.columns("get", "pods").matches("(?s).*bad 0/1 CrashLoopBackOff [1-9].*"));
    assertThat(cluster.run("logs", "--previous", "bad")).isEqualTo("no disk\n");
    assertThat(cluster.columns("describe", "pod", "bad"))
        .contains("Status: Running", "Last State: Terminated", "Exit Code: 3", "Ready: False")
        .containsPattern("Normal Scheduled .* Successfully assigned default/bad to vic-1")
        .containsPattern("Warning BackOff .* Back-off restarting failed container app");
  }

  @Test
  void anImageThatIsNowhere_isBackedOffFrom() throws Exception {
    cluster.apply(pod("late", "nowhere:1", ""));
    RealCluster.until(() -> cluster.columns("get", "pods").contains("late 0/1 ImagePullBackOff"));
  }

  @Test
  void logs_areFollowedToTheEnd() throws Exception {
    cluster.apply(pod("ticker", "ticker:1", "") + "  restartPolicy: Never\n");
    cluster.untilPhase("ticker", "Running");
    assertThat(cluster.run("logs", "-f", "ticker")).isEqualTo("one\ntwo\nthree\n");
    cluster.untilPhase("ticker", "Succeeded");
    assertThat(cluster.run("logs", "--tail=1", "ticker")).isEqualTo("three\n");
  }

  @Test
  void anotherImage_beginsTheContainerAgain() throws Exception {
    cluster.apply(pod("one", "web:1", ""));
    cluster.untilPhase("one", "Running");
    cluster.order("set", "image", "pod/one", "app=registry.test/web:2");
    RealCluster.until(
        () ->
            cluster
                .run(
                    "get",
                    "pod",
                    "one",
                    "-o",
                    "jsonpath={.status.containerStatuses[0]['image','restartCount']}")
                .equals("registry.test/web:2 1"));
    RealCluster.until(() -> cluster.columns("get", "pods").contains("one 1/1 Running 1"));
  }

  @Test
  void aPod_isGivenItsGrace_orNone() throws Exception {
    cluster.apply(pod("calm", "web:1", ""));
    cluster.apply(pod("stubborn", "stubborn:1", ""));
    cluster.untilPhase("calm", "Running");
    cluster.untilPhase("stubborn", "Running");
    cluster.order("delete", "pod", "calm");
    assertThat(cluster.isOnHost("calm")).isFalse();
    cluster.order("delete", "pod", "stubborn", "--grace-period=0", "--force");
    RealCluster.until(() -> !cluster.isOnHost("stubborn"));
  }

  @Test
  void aNode_isDrained_andTakesPodsAgain() throws Exception {
    cluster.apply(workload("Deployment", "web", "replicas: 2"));
    cluster.order("rollout", "status", "deployment/web");
    assertThat(cluster.run("drain", "vic-1", "--timeout=60s")).contains("evicting pod");
    RealCluster.until(() -> cluster.host().pods().list().isEmpty());
    assertThat(cluster.columns("get", "nodes")).contains("vic-1 Ready,SchedulingDisabled");
    cluster.order("uncordon", "vic-1");
    assertThat(cluster.run("rollout", "status", "deployment/web"))
        .contains("successfully rolled out");
  }

  @Test
  void whatPodsUse_isMeasuredThroughTheApiServer() throws Exception {
    cluster.apply(pod("one", "web:1", ""));
    cluster.untilPhase("one", "Running");
    String proxy = "/api/v1/nodes/vic-1/proxy/";
    assertThat(cluster.run("get", "--raw", proxy + "stats/summary"))
        .contains("\"nodeName\":\"vic-1\"", "\"name\":\"one\"");
    assertThat(cluster.run("get", "--raw", proxy + "metrics/resource")).contains("pod=\"one\"");
    assertThat(cluster.run("get", "--raw", proxy + "pods")).contains("\"name\":\"one\"");
  }

  @Test
  void whatTheApiServerHasKept_isNotWrittenAgain() throws Exception {
    cluster.apply(pod("quiet", "web:1", ""));
    cluster.untilPhase("quiet", "Running");
    label("quiet", "0");
    long before = statusesWritten();
    for (int i = 1; i <= 3; i++) {
      label("quiet", String.valueOf(i));
    }
    assertThat(statusesWritten()).isEqualTo(before);
  }

  private static void label(String pod, String value) throws Exception {
    cluster.order("label", "pod", pod, "mark=" + value, "--overwrite");
    RealCluster.until(
        () -> value.equals(cluster.host().pods().get(PodKey.of(pod)).spec().labels().get("mark")));
  }

  private static long statusesWritten() throws Exception {
    Pattern count =
        Pattern.compile(
            "apiserver_request_total\\{.*resource=\"pods\".*subresource=\"status\".*verb=\"PUT\".* (\\d+)");
    Matcher found = count.matcher(cluster.run("get", "--raw", "/metrics"));
    long sum = 0;
    while (found.find()) {
      sum += Long.parseLong(found.group(1));
    }
    assertThat(sum).isPositive();
    return sum;
  }

  // ---- Who may.

  @Test
  void aTokenThatTheClusterKnows_isLetIn_ifItMay() throws Exception {
    cluster.apply(
        """
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: watcher}
        """);
    String token = cluster.token("watcher");
    assertThat(cluster.kubelet(token, "/metrics")).isEqualTo(403);
    assertThat(cluster.kubelet("nobody's", "/metrics")).isEqualTo(401);
    cluster.order(
        "create",
        "clusterrolebinding",
        "watchers",
        "--clusterrole=system:kubelet-api-admin",
        "--serviceaccount=default:default");
    assertThat(cluster.kubelet(cluster.token("default"), "/metrics")).isEqualTo(200);
  }

  @Test
  void whoHasTheRoleThatIsWrittenDown_isANodeAsWell() throws Exception {
    cluster.order("apply", "-f", "../vic-pod/kubernetes-role.yaml");
    cluster.order("create", "clusterrolebinding", "vic", "--clusterrole=vic-node", "--user=vic");
    cluster.order("create", "configmap", "settings", "--from-literal=mode=fast");
    try (TestVch other = own.another()) {
      other.image("registry.test/web:1").onlyInRegistry().runs(Script.runsForever());
      TestCa.Pair user = cluster.plane.certificates.client("vic", "vic", "");
      try (KubernetesNode node = cluster.startNode(user, "vic-2", other.host())) {
        cluster.apply(
            pod(
                    "one",
                    "web:1",
                    "env: [{name: MODE, valueFrom: {configMapKeyRef: {name: settings, key: mode}}}]")
                + """
                  nodeSelector: {kubernetes.io/hostname: vic-2}
                  volumes:
                  - name: all
                    projected: {sources: [{serviceAccountToken: {path: token}}]}
                """);
        cluster.untilPhase("one", "Running");
        RealCluster.until(
            () -> cluster.columns("describe", "pod", "one").contains("Started container"));
        assertThat(cluster.columns("get", "nodes")).contains("vic-2 Ready");
        assertThat(cluster.kubelet(node, "nobody's", "/metrics")).isEqualTo(401);
        cluster.order("delete", "pod", "one");
        assertThat(other.host().pods().list()).isEmpty();
      }
    }
    cluster.order("delete", "node", "vic-2");
  }
}

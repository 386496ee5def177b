package io.vic4j.pod.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.api.model.KubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.vic4j.pod.kubernetes.PodFields.Row;
import io.vic4j.pod.kubernetes.PodFields.Support;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of fields is complete, and true. */
class PodFieldsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final YAMLMapper YAML = new YAMLMapper();
  private static final String APP = "spec.containers[0]";
  private static final String SOURCES = "spec.volumes[4].projected.sources";
  private static final Map<String, String> PLACES =
      table(
          """
      ObjectMeta = metadata
      PodSpec = spec
      PodOS = spec.os
      LocalObjectReference = spec.imagePullSecrets[0]
      PodSecurityContext = spec.securityContext
      SecurityContext = APP.securityContext
      SeccompProfile = APP.securityContext.seccompProfile
      AppArmorProfile = APP.securityContext.appArmorProfile
      Capabilities = APP.securityContext.capabilities
      Container = APP
      ContainerPort = APP.ports[0]
      EnvVar = APP.env[0]
      EnvVarSource = APP.env[1].valueFrom
      ObjectFieldSelector = APP.env[1].valueFrom.fieldRef
      ResourceFieldSelector = APP.env[2].valueFrom.resourceFieldRef
      ConfigMapKeySelector = APP.env[3].valueFrom.configMapKeyRef
      SecretKeySelector = APP.env[4].valueFrom.secretKeyRef
      EnvFromSource = APP.envFrom[0]
      ConfigMapEnvSource = APP.envFrom[0].configMapRef
      SecretEnvSource = APP.envFrom[1].secretRef
      ResourceRequirements = APP.resources
      Lifecycle = APP.lifecycle
      LifecycleHandler = APP.lifecycle.preStop
      Probe = APP.livenessProbe
      ExecAction = APP.livenessProbe.exec
      HTTPGetAction = APP.readinessProbe.httpGet
      HTTPHeader = APP.readinessProbe.httpGet.httpHeaders[0]
      TCPSocketAction = APP.startupProbe.tcpSocket
      GRPCAction = spec.containers[1].livenessProbe.grpc
      SleepAction = APP.lifecycle.preStop.sleep
      VolumeMount = APP.volumeMounts[0]
      Volume = spec.volumes[0]
      EmptyDirVolumeSource = spec.volumes[0].emptyDir
      ConfigMapVolumeSource = spec.volumes[1].configMap
      KeyToPath = spec.volumes[1].configMap.items[0]
      SecretVolumeSource = spec.volumes[2].secret
      DownwardAPIVolumeSource = spec.volumes[3].downwardAPI
      DownwardAPIVolumeFile = spec.volumes[3].downwardAPI.items[0]
      ProjectedVolumeSource = spec.volumes[4].projected
      VolumeProjection = SOURCES[0]
      ConfigMapProjection = SOURCES[0].configMap
      SecretProjection = SOURCES[1].secret
      DownwardAPIProjection = SOURCES[2].downwardAPI
      ServiceAccountTokenProjection = SOURCES[3].serviceAccountToken
      PersistentVolumeClaimVolumeSource = spec.volumes[5].persistentVolumeClaim
      HostAlias = spec.hostAliases[0]
      PodDNSConfig = spec.dnsConfig
      PodDNSConfigOption = spec.dnsConfig.options[0]
      """);

  /** What fields are given to see whether that counts; what is not here is taken away instead. */
  private static final Map<String, String> OTHERS =
      table(
          """
      ObjectMeta.name = shop-1
      ObjectMeta.namespace = default
      ObjectMeta.uid = another
      PodSpec.activeDeadlineSeconds = 60
      PodSpec.dnsPolicy = None
      PodSpec.enableServiceLinks = false
      PodSpec.hostname = other
      PodSpec.nodeName = node-c
      PodSpec.restartPolicy = Never
      PodSpec.serviceAccountName = buyer
      PodSpec.subdomain = other
      PodSpec.terminationGracePeriodSeconds = 1
      LocalObjectReference.name = pull2
      PodSecurityContext.fsGroup = 1
      PodSecurityContext.runAsGroup = 1
      PodSecurityContext.runAsNonRoot = false
      PodSecurityContext.runAsUser = 1
      SecurityContext.allowPrivilegeEscalation = true
      SecurityContext.readOnlyRootFilesystem = false
      SecurityContext.runAsGroup = 1
      SecurityContext.runAsNonRoot = false
      SecurityContext.runAsUser = 1
      Capabilities.add = [NET_RAW]
      Capabilities.drop = [KILL]
      Container.image = registry.example/shop:2
      Container.imagePullPolicy = Never
      Container.restartPolicy = Never
      Container.stdin = true
      Container.tty = true
      Container.workingDir = /other
      ContainerPort.containerPort = 80
      ContainerPort.name = other
      EnvVar.name = OTHER
      EnvVar.value = other
      ObjectFieldSelector.fieldPath = metadata.uid
      ResourceFieldSelector.divisor = 1Ki
      ResourceFieldSelector.resource = requests.memory
      ConfigMapKeySelector.key = other
      ConfigMapKeySelector.name = other
      SecretKeySelector.key = other
      SecretKeySelector.name = more
      EnvFromSource.prefix = X_
      ConfigMapEnvSource.name = other
      SecretEnvSource.name = more
      ResourceRequirements.limits = {cpu: 2, memory: 1Gi}
      Lifecycle.stopSignal = SIGINT
      Probe.failureThreshold = 9
      Probe.initialDelaySeconds = 9
      Probe.periodSeconds = 9
      Probe.terminationGracePeriodSeconds = 9
      Probe.timeoutSeconds = 9
      HTTPGetAction.host = other
      HTTPGetAction.path = /other
      HTTPGetAction.port = admin
      HTTPGetAction.scheme = HTTPS
      HTTPHeader.name = Other
      HTTPHeader.value = other
      TCPSocketAction.host = other
      TCPSocketAction.port = 99
      GRPCAction.port = 99
      GRPCAction.service = other
      SleepAction.seconds = 9
      VolumeMount.mountPath = /other
      VolumeMount.name = data
      VolumeMount.readOnly = true
      VolumeMount.subPath = other
      Volume.name = other
      EmptyDirVolumeSource.medium = Memory
      EmptyDirVolumeSource.sizeLimit = 1Gi
      ConfigMapVolumeSource.name = other
      SecretVolumeSource.defaultMode = 0440
      SecretVolumeSource.secretName = more
      KeyToPath.key = other
      KeyToPath.mode = 0640
      KeyToPath.path = other
      DownwardAPIVolumeSource.defaultMode = 0440
      DownwardAPIVolumeFile.mode = 0440
      DownwardAPIVolumeFile.path = other
      ProjectedVolumeSource.defaultMode = 0400
      ConfigMapProjection.name = other
      SecretProjection.name = more
      ServiceAccountTokenProjection.audience = other
      ServiceAccountTokenProjection.expirationSeconds = 7200
      ServiceAccountTokenProjection.path = other
      PersistentVolumeClaimVolumeSource.claimName = data2
      PersistentVolumeClaimVolumeSource.readOnly = true
      HostAlias.ip = 10.1.2.4
      PodDNSConfigOption.name = attempts
      PodDNSConfigOption.value = "3"
      """);

  /** Those that show only beside something else: what is set first, and then what. */
  private static final Map<String, String> BESIDE =
      table(
          """
      Container.name = {"APP.name": other, "spec.volumes[3].downwardAPI.items[1].resourceFieldRef.containerName": other}
      PodSpec.serviceAccount = {"spec.serviceAccountName": "", "spec.serviceAccount": buyer}
      SecurityContext.privileged = {"APP.securityContext.allowPrivilegeEscalation": true, "APP.securityContext.privileged": true}
      ResourceFieldSelector.containerName = {"APP.env[2].valueFrom.resourceFieldRef.resource": requests.cpu, "APP.env[2].valueFrom.resourceFieldRef.containerName": log}
      VolumeMount.subPathExpr = {"APP.volumeMounts[0].subPath": "", "APP.volumeMounts[0].subPathExpr": x$(FIELD)}
      Probe.grpc = {"APP.livenessProbe.exec": null, "APP.livenessProbe.grpc": {port: 1}}
      Probe.httpGet = {"APP.livenessProbe.exec": null, "APP.livenessProbe.httpGet": {port: 1}}
      Probe.tcpSocket = {"APP.livenessProbe.exec": null, "APP.livenessProbe.tcpSocket": {port: 1}}
      Probe.successThreshold = {"APP.readinessProbe.successThreshold": 3}
      LifecycleHandler.exec = {"APP.lifecycle.preStop": {exec: {command: [end]}}}
      LifecycleHandler.httpGet = {"APP.lifecycle.preStop": {httpGet: {port: 1}}}
      ConfigMapKeySelector.optional = {"APP.env[3].valueFrom.configMapKeyRef": {name: none, key: x, optional: true}}
      SecretKeySelector.optional = {"APP.env[4].valueFrom.secretKeyRef": {name: none, key: x, optional: true}}
      ConfigMapEnvSource.optional = {"APP.envFrom[0].configMapRef": {name: none, optional: true}, "APP.env[0].value": x}
      SecretEnvSource.optional = {"APP.envFrom[1].secretRef": {name: none, optional: true}}
      ConfigMapVolumeSource.optional = {"spec.volumes[1].configMap": {name: none, optional: true}}
      SecretVolumeSource.optional = {"spec.volumes[2].secret": {secretName: none, optional: true}}
      ConfigMapProjection.optional = {"SOURCES[0].configMap": {name: none, optional: true}}
      SecretProjection.optional = {"SOURCES[1].secret": {name: none, optional: true}}
      ConfigMapVolumeSource.defaultMode = {"spec.volumes[1].configMap": {name: settings, defaultMode: 0400, items: [{key: mode, path: x}]}}
      SecretVolumeSource.items = {"spec.volumes[2].secret.items": [{key: token, path: x}]}
      EnvVarSource.configMapKeyRef = {"APP.env[1].valueFrom": {configMapKeyRef: {name: settings, key: mode}}}
      EnvVarSource.resourceFieldRef = {"APP.env[1].valueFrom": {resourceFieldRef: {resource: limits.cpu}}}
      EnvVarSource.secretKeyRef = {"APP.env[1].valueFrom": {secretKeyRef: {name: keys, key: token}}}
      EnvFromSource.secretRef = {"APP.envFrom[0]": {prefix: C_, secretRef: {name: keys}}}
      EnvVar.valueFrom = {"APP.env[0]": {name: GREETING, valueFrom: {fieldRef: {fieldPath: metadata.uid}}}}
      DownwardAPIVolumeFile.resourceFieldRef = {"spec.volumes[3].downwardAPI.items[0]": {path: labels, resourceFieldRef: {containerName: app, resource: limits.cpu}}}
      VolumeProjection.downwardAPI = {"SOURCES[0]": {downwardAPI: {items: [{path: x, fieldRef: {fieldPath: metadata.name}}]}}}
      VolumeProjection.secret = {"SOURCES[0]": {secret: {name: keys}}}
      VolumeProjection.serviceAccountToken = {"SOURCES[0]": {serviceAccountToken: {path: x}}}
      Volume.configMap = {"spec.volumes[0]": {name: scratch, configMap: {name: settings}}}
      Volume.downwardAPI = {"spec.volumes[0]": {name: scratch, downwardAPI: {}}}
      Volume.persistentVolumeClaim = {"spec.volumes[0]": {name: scratch, persistentVolumeClaim: {claimName: data}}}
      Volume.projected = {"spec.volumes[0]": {name: scratch, projected: {}}}
      Volume.secret = {"spec.volumes[0]": {name: scratch, secret: {secretName: keys}}}
      """);

  /** Those that other fields refer to, so that another value is missed there. */
  private static final Set<String> MISSED =
      Set.of("ObjectMeta.namespace", "ContainerPort.name", "Volume.name");

  /** Values of fields that do not count, where not any value may stand there. */
  private static final Map<String, String> HARMLESS =
      table("ObjectFieldSelector.apiVersion = v1\nContainerPort.protocol = UDP\n");

  private static Map<String, String> table(String lines) {
    Map<String, String> table = new TreeMap<>();
    lines
        .lines()
        .map(it -> it.split(" = ", 2))
        .forEach(it -> table.put(it[0], it[1].replace("APP", APP).replace("SOURCES", SOURCES)));
    return table;
  }

  private static Class<?> model(String type) {
    try {
      return Class.forName("io.fabric8.kubernetes.api.model." + type);
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  private static Type typeOf(Row row) {
    try {
      return model(row.type()).getDeclaredField(row.field()).getGenericType();
    } catch (NoSuchFieldException e) {
      throw new AssertionError(e);
    }
  }

  static Stream<String> types() {
    return PodFields.rows().stream().map(Row::type).distinct();
  }

  static Stream<Row> refused() {
    return rows(Support.REFUSED);
  }

  static Stream<Row> supported() {
    return rows(Support.SUPPORTED);
  }

  static Stream<Row> notApplicable() {
    return rows(Support.NOT_APPLICABLE);
  }

  private static Stream<Row> rows(Support support) {
    return PodFields.rows().stream().filter(it -> it.support() == support);
  }

  private static ObjectNode pod() {
    try {
      return (ObjectNode) YAML.readTree(Fixtures.POD);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static JsonNode yaml(String text) {
    try {
      return YAML.readTree(text);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Sets a field of a pod, by its path; takes it away where the value is null. */
  private static void set(ObjectNode pod, String path, JsonNode value) {
    String pointer = "/" + path.replace('.', '/').replaceAll("\\[(\\d+)]", "/$1");
    int slash = pointer.lastIndexOf('/');
    JsonNode parent = pod.at(pointer.substring(0, slash));
    String last = pointer.substring(slash + 1);
    if (parent instanceof ArrayNode array) {
      array.set(Integer.parseInt(last), value);
    } else if (value.isNull()) {
      ((ObjectNode) parent).remove(last);
    } else {
      ((ObjectNode) parent).set(last, value);
    }
  }

  /** Something that a field may hold. */
  private static JsonNode anyValue(Type type) {
    if (type instanceof ParameterizedType list) {
      return list.getRawType() == List.class
          ? JSON.createArrayNode().add(anyValue(list.getActualTypeArguments()[0]))
          : JSON.createObjectNode().set("key", anyValue(list.getActualTypeArguments()[1]));
    }
    if (type == String.class) {
      return JSON.valueToTree("other");
    }
    if (type == Boolean.class) {
      return JSON.valueToTree(true);
    }
    return type == Integer.class || type == Long.class
        ? JSON.valueToTree(1)
        : type == io.fabric8.kubernetes.api.model.Quantity.class
            ? JSON.valueToTree("1")
            : JSON.createObjectNode();
  }

  /** What comes of a pod; what it holds for its registry is part of that. */
  private static Object translate(ObjectNode pod) {
    PodTranslation translation =
        KubernetesPods.builder()
            .sources(new Fixtures.Cluster())
            .build()
            .translate(JSON.convertValue(pod, Pod.class));
    return List.of(
        translation.spec(), translation.pullCredentials().credentials("registry.example"));
  }

  private static List<FieldProblem> problems(ObjectNode pod) {
    PodRefusedException refused =
        catchThrowableOfType(PodRefusedException.class, () -> translate(pod));
    return refused == null ? List.of() : refused.problems();
  }

  @ParameterizedTest
  @MethodSource("types")
  void everyFieldOfTheModelIsInTheTable(String type) {
    assertThat(PodFields.rows().stream().filter(it -> it.type().equals(type)).map(Row::field))
        .containsExactlyInAnyOrderElementsOf(ModelWalk.fields(model(type)));
  }

  @ParameterizedTest
  @MethodSource("supported")
  void whatIsSupportedHasItsOwnFieldsInTheTable(Row row) {
    Type type = typeOf(row);
    Type element =
        type instanceof ParameterizedType list && list.getRawType() == List.class
            ? list.getActualTypeArguments()[0]
            : type;
    if (element instanceof Class<?> model
        && KubernetesResource.class.isAssignableFrom(model)
        && !model.getSimpleName().matches("IntOrString|Quantity")) {
      assertThat(types()).contains(model.getSimpleName());
    }
  }

  @Test
  void thePodOfTheseTestsIsTaken() {
    assertThat(problems(pod())).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("refused")
  void whatIsRefusedIsRefusedByItsPath(Row row) {
    ObjectNode pod = pod();
    String path = PLACES.get(row.type()) + "." + row.field();
    set(pod, path, anyValue(typeOf(row)));

    assertThat(problems(pod))
        .filteredOn(it -> it.path().equals(path))
        .extracting(FieldProblem::kind)
        .containsExactly(FieldProblem.Kind.UNSUPPORTED);
  }

  @ParameterizedTest
  @MethodSource("supported")
  void whatIsSupportedCounts(Row row) {
    ObjectNode pod = pod();
    String name = row.type() + "." + row.field();
    if (BESIDE.containsKey(name)) {
      yaml(BESIDE.get(name)).properties().forEach(it -> set(pod, it.getKey(), it.getValue()));
    } else if (OTHERS.containsKey(name)) {
      set(pod, PLACES.get(row.type()) + "." + row.field(), yaml(OTHERS.get(name)));
    } else {
      String path = PLACES.get(row.type()) + "." + row.field();
      ObjectNode before = pod.deepCopy();
      set(pod, path, JSON.nullNode());
      assertThat(pod).as("nothing is known to give to " + name).isNotEqualTo(before);
    }
    boolean takenAway = !OTHERS.containsKey(name) && !BESIDE.containsKey(name);
    if ((takenAway || MISSED.contains(name)) && !problems(pod).isEmpty()) {
      return; // Other things depend on it: that it is missed shows that it counts, too.
    }
    assertThat(translate(pod)).isNotEqualTo(translate(pod()));
  }

  @ParameterizedTest
  @MethodSource("notApplicable")
  void whatIsNotApplicableMayStandThere(Row row) {
    ObjectNode pod = pod();
    String name = row.type() + "." + row.field();
    set(
        pod,
        PLACES.get(row.type()) + "." + row.field(),
        HARMLESS.containsKey(name) ? yaml(HARMLESS.get(name)) : anyValue(typeOf(row)));

    assertThat(translate(pod)).isEqualTo(translate(pod()));
  }

  @Test
  void aFieldThatTheModelDoesNotKnowIsRefused() {
    ObjectNode pod = pod();
    set(pod, APP + ".resources.brandNew", JSON.valueToTree(1));

    assertThat(problems(pod))
        .containsExactly(
            new FieldProblem(
                APP + ".resources.brandNew", "unknown field", FieldProblem.Kind.UNSUPPORTED));
  }

  @Test
  void thePageIsWhatTheTableSays() throws IOException {
    assertThat(Files.readString(Path.of("KUBERNETES.md"))).isEqualTo(PodFields.markdown());
  }
}

package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A pod that has nearly all that a pod can have, and the sources that it needs. */
final class Fixtures {
  static final String POD =
      """
      apiVersion: v1
      kind: Pod
      metadata:
        name: shop-0
        namespace: web
        uid: 8f1c5a52-1a0e-4f0b-9c1b-6f0d7a1a2b3c
        labels: {app: shop, tier: front}
        annotations: {note: "said \\"hi\\""}
      spec:
        nodeName: node-a
        hostname: shop
        subdomain: shops
        serviceAccountName: seller
        restartPolicy: Always
        activeDeadlineSeconds: 3600
        terminationGracePeriodSeconds: 45
        dnsPolicy: ClusterFirst
        dnsConfig:
          nameservers: [1.1.1.1]
          searches: [shop.example]
          options: [{name: timeout, value: "2"}, {name: edns0}]
        hostAliases: [{ip: 10.1.2.3, hostnames: [ledger, ledger.example]}]
        imagePullSecrets: [{name: pull}]
        os: {name: linux}
        securityContext:
          runAsUser: 1000
          runAsGroup: 2000
          runAsNonRoot: true
          fsGroup: 3000
          supplementalGroups: [4000]
        initContainers:
        - name: prepare
          image: registry.example/tool:2
          command: [prepare, $(MODE)]
          env: [{name: MODE, value: fast}]
        - name: proxy
          image: registry.example/proxy:3
          restartPolicy: Always
          startupProbe: {httpGet: {port: 9000}}
        containers:
        - name: app
          image: registry.example/shop:1.2
          command: [serve]
          args: ["--for=$(GREETING)", "$$(GREETING)", $(UNKNOWN)]
          workingDir: /srv
          ports: [{name: http, containerPort: 8080}, {name: admin, containerPort: 8081}]
          envFrom:
          - {prefix: C_, configMapRef: {name: settings}}
          - {prefix: S_, secretRef: {name: keys}}
          env:
          - {name: GREETING, value: "hello $(C_mode)"}
          - {name: FIELD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
          - name: LIMIT
            valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}
          - {name: KEYED, valueFrom: {configMapKeyRef: {name: settings, key: mode}}}
          - {name: SECRET, valueFrom: {secretKeyRef: {name: keys, key: token}}}
          - {name: ACCOUNT, valueFrom: {fieldRef: {fieldPath: spec.serviceAccountName}}}
          - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
          resources:
            requests: {cpu: 100m, memory: 64Mi, ephemeral-storage: 1Gi}
            limits: {cpu: "1.5", memory: 1Gi}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            runAsUser: 1001
            capabilities: {add: [NET_ADMIN], drop: [ALL]}
            seccompProfile: {type: RuntimeDefault}
            appArmorProfile: {type: RuntimeDefault}
          lifecycle:
            postStart: {exec: {command: [begun]}}
            preStop: {sleep: {seconds: 5}}
            stopSignal: SIGUSR1
          livenessProbe:
            exec: {command: [check]}
            periodSeconds: 20
          readinessProbe:
            httpGet:
              port: http
              path: /ready
              httpHeaders: [{name: Accept, value: text/plain}]
            successThreshold: 2
          startupProbe: {tcpSocket: {port: admin}}
          volumeMounts:
          - {name: scratch, mountPath: /scratch, subPath: a}
          - {name: settings, mountPath: /settings}
          - {name: scratch, mountPath: /own, subPathExpr: $(FIELD)}
        - name: log
          image: registry.example/log
          livenessProbe: {grpc: {port: 9001, service: log}}
        volumes:
        - name: scratch
          emptyDir: {sizeLimit: 64Mi}
        - name: settings
          configMap: {name: settings, items: [{key: mode, path: conf/mode, mode: 0600}]}
        - name: keys
          secret: {secretName: keys, defaultMode: 0400}
        - name: self
          downwardAPI:
            items:
            - {path: labels, fieldRef: {fieldPath: metadata.labels}}
            - path: cpu
              resourceFieldRef: {containerName: app, resource: limits.cpu, divisor: 1m}
        - name: kube-api-access-x
          projected:
            defaultMode: 0440
            sources:
            - configMap: {name: settings, items: [{key: ca, path: ca.crt}]}
            - secret: {name: keys, items: [{key: token, path: secret}]}
            - downwardAPI: {items: [{path: namespace, fieldRef: {fieldPath: metadata.namespace}}]}
            - serviceAccountToken: {path: token, expirationSeconds: 3607, audience: api}
        - name: data
          persistentVolumeClaim: {claimName: data}
      """;

  private Fixtures() {}

  static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  /** What a cluster has. */
  static final class Cluster implements PodSources {
    private final PodSources listed =
        PodSources.of(
            List.of(
                new ConfigMapBuilder()
                    .withNewMetadata()
                    .withNamespace("web")
                    .withName("settings")
                    .endMetadata()
                    .withData(Map.of("mode", "fast", "ca", "a certificate", "other", "else"))
                    .withBinaryData(Map.of("logo", base64("a picture")))
                    .build(),
                new ConfigMapBuilder()
                    .withNewMetadata()
                    .withNamespace("web")
                    .withName("other")
                    .endMetadata()
                    .withData(Map.of("mode", "slow", "ca", "another"))
                    .build()),
            List.of(
                secret("keys", "Opaque", Map.of("token", "sesame", "other", "else")),
                secret("more", "Opaque", Map.of("token", "open")),
                secret("pull", "kubernetes.io/dockerconfigjson", pull("ali")),
                secret("pull2", "kubernetes.io/dockerconfigjson", pull("baba"))));

    private static Map<String, String> pull(String user) {
      return Map.of(
          ".dockerconfigjson",
          "{\"auths\": {\"registry.example\": {\"auth\": \"" + base64(user + ":pw") + "\"}}}");
    }

    private static io.fabric8.kubernetes.api.model.Secret secret(
        String name, String type, Map<String, String> data) {
      return new SecretBuilder()
          .withNewMetadata()
          .withNamespace("web")
          .withName(name)
          .endMetadata()
          .withType(type)
          .withStringData(data)
          .build();
    }

    @Override
    public Optional<Data> configMap(String namespace, String name) {
      return listed.configMap(namespace, name);
    }

    @Override
    public Optional<Data> secret(String namespace, String name) {
      return listed.secret(namespace, name);
    }

    @Override
    public Optional<Claim> claim(String namespace, String name) {
      return name.startsWith("data")
          ? Optional.of(new Claim("pvc-" + name, false))
          : Optional.empty();
    }

    @Override
    public Optional<Node> node() {
      return Optional.of(new Node("node-b", List.of("192.0.2.7", "2001:db8::7")));
    }

    @Override
    public Optional<Dns> clusterDns() {
      return Optional.of(new Dns(List.of("10.96.0.10"), "cluster.local"));
    }

    @Override
    public Map<String, String> serviceVariables(String namespace, boolean links) {
      return links
          ? Map.of("KUBERNETES_SERVICE_HOST", "10.96.0.1", "SHOP_SERVICE_HOST", "10.96.0.9")
          : Map.of("KUBERNETES_SERVICE_HOST", "10.96.0.1");
    }

    @Override
    public Optional<String> token(TokenRequest request) {
      return Optional.of("token of " + request);
    }

    @Override
    public Set<String> runtimeClasses() {
      return Set.of("vic");
    }
  }
}

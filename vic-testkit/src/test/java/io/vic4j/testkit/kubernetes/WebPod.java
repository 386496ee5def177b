package io.vic4j.testkit.kubernetes;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.vic4j.core.vm.Subscription;
import io.vic4j.pod.ContainerState;
import io.vic4j.pod.ContainerStatus;
import io.vic4j.pod.Pod;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.pod.PodListener;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.kubernetes.KubernetesPods;
import io.vic4j.pod.kubernetes.PodSources;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * One pod from YAML that has something of everything, which is run in real machines and in
 * simulated ones: a container that prepares, two that share the loopback address, volumes of all
 * kinds, a probe that restarts.
 */
public final class WebPod {
  public static final PodKey KEY = PodKey.of("team", "web");

  private static final String YAML =
      """
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
        namespace: team
        uid: 11111111-2222-3333-4444-555555555555
        labels: {app: web}
      spec:
        terminationGracePeriodSeconds: 20
        subdomain: sites
        initContainers:
        - name: prepare
          image: IMAGE
          command: [/bin/sh, -c, 'echo "prepared by $WHO" > /out/index.html; sleep 1']
          env: [{name: WHO, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
          volumeMounts: [{name: work, mountPath: /out}]
        containers:
        - name: server
          image: IMAGE
          command: [/bin/sh, -c]
          args:
          - |
            rm -f /tmp/sick
            trap 'echo asked; exit 0' TERM
            echo "serving $(cat /www/index.html), $(cat /etc/greeting/text), $(cat /etc/key/token), at $(AT)"
            httpd -p 127.0.0.1:8080 -h /www
            while true; do sleep 1; done
          env: [{name: AT, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]
          ports: [{name: http, containerPort: 8080}]
          livenessProbe:
            exec: {command: [/bin/well]}
            periodSeconds: 1
            failureThreshold: 1
          volumeMounts:
          - {name: work, mountPath: /www}
          - {name: greeting, mountPath: /etc/greeting, readOnly: true}
          - {name: greeting, mountPath: /etc/greeting.txt, subPath: text, readOnly: true}
          - {name: token, mountPath: /etc/key, readOnly: true}
        - name: client
          image: IMAGE
          command: [/bin/sh, -c]
          args:
          - |
            trap 'exit 0' TERM
            until wget -q -O - http://localhost:8080/; do sleep 1; done
            while true; do sleep 1; done
        volumes:
        - {name: work, emptyDir: {sizeLimit: 32Mi}}
        - {name: greeting, configMap: {name: greeting}}
        - {name: token, secret: {secretName: key, defaultMode: 0400}}
      """;

  private WebPod() {}

  /** The pod of this image. */
  public static PodSpec of(String image) {
    PodSources sources =
        PodSources.of(
            List.of(
                new ConfigMapBuilder()
                    .withNewMetadata()
                    .withNamespace("team")
                    .withName("greeting")
                    .endMetadata()
                    .addToData("text", "hello")
                    .build()),
            List.of(
                new SecretBuilder()
                    .withNewMetadata()
                    .withNamespace("team")
                    .withName("key")
                    .endMetadata()
                    .addToStringData("token", "hunter2")
                    .build()));
    return KubernetesPods.builder()
        .sources(sources)
        .build()
        .translate(KubernetesPods.read(YAML.replace("IMAGE", image)))
        .spec();
  }

  /** What one sees of it from its creation to its removal, each container for itself. */
  public static final class Witness implements PodListener, AutoCloseable {
    private final Map<String, List<String>> seen = new LinkedHashMap<>();
    private final Subscription watch;

    public Witness(PodLifecycle pods) {
      this.watch = pods.watch(this);
    }

    @Override
    public synchronized void changed(Pod pod) {
      note("pod", pod.phase().toString());
      Stream.concat(pod.status().initContainers().stream(), pod.status().containers().stream())
          .forEach(container -> note(container.name(), words(container)));
    }

    @Override
    public synchronized void removed(Pod pod) {
      note("pod", "removed");
    }

    private void note(String who, String what) {
      List<String> all = seen.computeIfAbsent(who, it -> new ArrayList<>());
      if (all.isEmpty() || !all.get(all.size() - 1).equals(what)) {
        all.add(what);
      }
    }

    private static String words(ContainerStatus container) {
      ContainerState state = container.state();
      if (state instanceof ContainerState.Waiting waiting) {
        return waiting.reason();
      }
      return state instanceof ContainerState.Terminated over
          ? over.reason() + " " + over.exit()
          : "running " + container.restarts();
    }

    /** By pod or container: its states, one after the other. */
    public synchronized Map<String, List<String>> seen() {
      return new LinkedHashMap<>(seen);
    }

    @Override
    public void close() {
      watch.close();
    }
  }

  /** What a witness of its whole life sees, wherever it runs. */
  public static Map<String, List<String>> life() {
    Map<String, List<String>> life = new LinkedHashMap<>();
    life.put("pod", List.of("PENDING", "RUNNING", "SUCCEEDED", "removed"));
    life.put("prepare", List.of("PodInitializing", "running 0", "Completed exited with 0"));
    life.put(
        "server", List.of("PodInitializing", "running 0", "running 1", "Completed exited with 0"));
    life.put("client", List.of("PodInitializing", "running 0", "Completed exited with 0"));
    return life;
  }
}

package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import io.vic4j.core.InvalidArgumentException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where a pod's references lead: what a kubelet asks the API server and its node for. Each method
 * may say that it has nothing, and does so unless it is overridden; a pod that needs it is refused
 * then, by the field that does. What is found is taken as it is when a pod is translated; who wants
 * its files to follow asks {@link KubernetesPods#files} again, as a {@code KubernetesNode} does.
 *
 * <p>Asked once or more for each reference, by the thread that translates. What a method throws
 * goes to the caller of {@link KubernetesPods#translate}.
 */
public interface PodSources {
  /** There is nothing: for pods that need nothing. */
  PodSources NONE = new PodSources() {};

  /** What is in a ConfigMap; empty if there is none. */
  default Optional<Data> configMap(String namespace, String name) {
    return Optional.empty();
  }

  /** What is in a Secret; empty if there is none. */
  default Optional<Data> secret(String namespace, String name) {
    return Optional.empty();
  }

  /** The volume of the virtual container host that a PersistentVolumeClaim stands for. */
  default Optional<Claim> claim(String namespace, String name) {
    return Optional.empty();
  }

  /** The node that pods run on; empty if there is none. */
  default Optional<Node> node() {
    return Optional.empty();
  }

  /** How pods find the cluster's services; empty where there is no cluster DNS. */
  default Optional<Dns> clusterDns() {
    return Optional.empty();
  }

  /** The cluster's domain: that of its DNS, or {@code cluster.local} where there is none. */
  default String clusterDomain() {
    return clusterDns().map(Dns::domain).orElse("cluster.local");
  }

  /**
   * The variables that tell a container about services: {@code KUBERNETES_SERVICE_HOST} and so on.
   *
   * @param links whether about all services of the namespace, as {@code enableServiceLinks} has it;
   *     else only about the API server
   */
  default Map<String, String> serviceVariables(String namespace, boolean links) {
    return Map.of();
  }

  /**
   * A token for a service account; empty where none can be had. It goes into a file of the pod. A
   * {@code KubernetesNode} asks again and again while the pod runs; where nobody does, it should be
   * good for as long as the pod may live.
   */
  default Optional<String> token(TokenRequest request) {
    return Optional.empty();
  }

  /** The {@code runtimeClassName}s that mean this library; pods that name others are refused. */
  default Set<String> runtimeClasses() {
    return Set.of();
  }

  /** Sources with these ConfigMaps and Secrets and no more: for tests, and for programs. */
  static PodSources of(Iterable<ConfigMap> configMaps, Iterable<Secret> secrets) {
    return new ListedSources(configMaps, secrets);
  }

  /**
   * What is in a ConfigMap or a Secret.
   *
   * @param type of a Secret its type, such as {@code kubernetes.io/dockerconfigjson}; else empty
   * @param text what is text, by key
   * @param binary what is bytes, by key; all of a Secret
   */
  record Data(String type, SortedMap<String, String> text, SortedMap<String, ByteBuffer> binary) {
    /** Copies the maps. */
    public Data {
      text = Collections.unmodifiableSortedMap(new TreeMap<>(text));
      binary = Collections.unmodifiableSortedMap(new TreeMap<>(binary));
    }

    /** Text alone. */
    public static Data of(Map<String, String> text) {
      return new Data("", new TreeMap<>(text), new TreeMap<>());
    }

    /**
     * What a ConfigMap holds.
     *
     * @throws InvalidArgumentException if binary data is not base64
     */
    public static Data from(ConfigMap map) {
      return new Data("", strings(map.getData()), decoded(map.getBinaryData()));
    }

    /**
     * What a Secret holds.
     *
     * @throws InvalidArgumentException if its data is not base64
     */
    public static Data from(Secret secret) {
      SortedMap<String, ByteBuffer> binary = decoded(secret.getData());
      strings(secret.getStringData())
          .forEach(
              (key, value) ->
                  binary.put(key, ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8))));
      @Nullable String type = secret.getType();
      return new Data(type == null ? "" : type, new TreeMap<>(), binary);
    }

    private static SortedMap<String, String> strings(@Nullable Map<String, String> map) {
      return map == null ? new TreeMap<>() : new TreeMap<>(map);
    }

    private static SortedMap<String, ByteBuffer> decoded(@Nullable Map<String, String> map) {
      SortedMap<String, ByteBuffer> bytes = new TreeMap<>();
      strings(map)
          .forEach(
              (key, value) -> {
                try {
                  bytes.put(
                      key,
                      ByteBuffer.wrap(Base64.getMimeDecoder().decode(value)).asReadOnlyBuffer());
                } catch (IllegalArgumentException e) {
                  // Not kept as the cause: its message quotes characters of the secret.
                  throw new InvalidArgumentException("the data of key '" + key + "' is no base64");
                }
              });
      return bytes;
    }

    /** Its type and its keys; not what is in it, which may be secret. */
    @Override
    public String toString() {
      return "Data[" + type + text.keySet() + binary.keySet() + "]";
    }
  }

  /**
   * What a PersistentVolumeClaim stands for.
   *
   * @param volume the name of a volume of the virtual container host
   * @param readOnly whether it may only be read
   */
  record Claim(String volume, boolean readOnly) {}

  /**
   * The node that pods run on.
   *
   * @param name its name
   * @param addresses its IP addresses, the first one first
   */
  record Node(String name, List<String> addresses) {
    /** Copies the list. */
    public Node {
      addresses = List.copyOf(addresses);
    }
  }

  /**
   * How pods find services by name.
   *
   * @param nameservers the IP addresses of the cluster's name servers; one or more
   * @param domain the cluster's domain, such as {@code cluster.local}
   */
  record Dns(List<String> nameservers, String domain) {
    /** Copies the list. */
    public Dns {
      nameservers = List.copyOf(nameservers);
    }
  }

  /**
   * What a token is to be for.
   *
   * @param namespace the pod's
   * @param serviceAccount the pod's
   * @param pod the pod's name
   * @param podUid the pod's UID; empty if it has none yet
   * @param audience whom it is to be shown to; empty for the API server
   * @param expiration how long it is to be good
   */
  record TokenRequest(
      String namespace,
      String serviceAccount,
      String pod,
      Optional<String> podUid,
      Optional<String> audience,
      Duration expiration) {}
}

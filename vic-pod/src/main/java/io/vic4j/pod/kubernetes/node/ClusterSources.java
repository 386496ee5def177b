package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.vic4j.core.UnavailableException;
import io.vic4j.pod.kubernetes.PodSources;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Where references of pods lead: to the cluster, by its API. Thread-safe. */
final class ClusterSources implements PodSources {
  private final KubernetesClient client;
  private final Node node;
  private final Optional<Dns> dns;
  private final ClaimVolumes volumes;
  private final Set<String> runtimeClasses;
  private final ShortCache<Data> configMaps;
  private final ShortCache<Data> secrets;
  private final ShortCache<List<Service>> services;

  ClusterSources(
      KubernetesClient client,
      Node node,
      Optional<Dns> dns,
      ClaimVolumes volumes,
      Set<String> runtimeClasses,
      InstantSource time) {
    this.client = client;
    this.node = node;
    this.dns = dns;
    this.volumes = volumes;
    this.runtimeClasses = Set.copyOf(runtimeClasses);
    this.configMaps = new ShortCache<>(time);
    this.secrets = new ShortCache<>(time);
    this.services = new ShortCache<>(time);
  }

  @Override
  public Optional<Data> configMap(String namespace, String name) {
    return configMaps.get(
        namespace + "/" + name,
        () ->
            asked(
                "ConfigMap " + namespace + "/" + name,
                () ->
                    Optional.ofNullable(
                            client.configMaps().inNamespace(namespace).withName(name).get())
                        .map(Data::from)));
  }

  @Override
  public Optional<Data> secret(String namespace, String name) {
    return secrets.get(
        namespace + "/" + name,
        () ->
            asked(
                "Secret " + namespace + "/" + name,
                () ->
                    Optional.ofNullable(
                            client.secrets().inNamespace(namespace).withName(name).get())
                        .map(Data::from)));
  }

  @Override
  public Optional<Claim> claim(String namespace, String name) {
    @Nullable PersistentVolumeClaim claim =
        asked(
                "PersistentVolumeClaim " + namespace + "/" + name,
                () ->
                    Optional.ofNullable(
                        client
                            .persistentVolumeClaims()
                            .inNamespace(namespace)
                            .withName(name)
                            .get()))
            .orElse(null);
    if (claim == null) {
      return Optional.empty();
    }
    List<String> modes = claim.getSpec() == null ? List.of() : claim.getSpec().getAccessModes();
    boolean readOnly = !modes.isEmpty() && modes.stream().allMatch("ReadOnlyMany"::equals);
    return volumes.volume(claim).map(volume -> new Claim(volume, readOnly));
  }

  @Override
  public Optional<Node> node() {
    return Optional.of(node);
  }

  @Override
  public Optional<Dns> clusterDns() {
    return dns;
  }

  @Override
  public Set<String> runtimeClasses() {
    return runtimeClasses;
  }

  @Override
  public Map<String, String> serviceVariables(String namespace, boolean links) {
    Map<String, String> variables = new HashMap<>();
    if (links) {
      services(namespace).forEach(it -> variables.putAll(ServiceVariables.of(it)));
    }
    services("default").stream()
        .filter(it -> it.getMetadata().getName().equals("kubernetes"))
        .forEach(it -> variables.putAll(ServiceVariables.of(it)));
    return variables;
  }

  private List<Service> services(String namespace) {
    return services
        .get(
            namespace,
            () ->
                asked(
                    "services of " + namespace,
                    () -> Optional.of(client.services().inNamespace(namespace).list().getItems())))
        .orElse(List.of());
  }

  @Override
  public Optional<String> token(TokenRequest request) {
    TokenRequestBuilder asked =
        new TokenRequestBuilder()
            .withNewSpec()
            .withAudiences(request.audience().map(List::of).orElse(List.of()))
            .withExpirationSeconds(request.expiration().toSeconds())
            .withNewBoundObjectRef("v1", "Pod", request.pod(), request.podUid().orElse(null))
            .endSpec();
    return asked(
        "token of " + request.namespace() + "/" + request.serviceAccount(),
        () ->
            Optional.ofNullable(
                    client
                        .serviceAccounts()
                        .inNamespace(request.namespace())
                        .withName(request.serviceAccount())
                        .tokenRequest(asked.build()))
                .map(it -> it.getStatus().getToken()));
  }

  private static <T> Optional<T> asked(String what, Supplier<Optional<T>> request) {
    try {
      return request.get();
    } catch (KubernetesClientException e) {
      if (ApiErrors.isNotFound(e)) {
        return Optional.empty();
      }
      throw new UnavailableException("the API server did not give the " + what, e);
    }
  }
}

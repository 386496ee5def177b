package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.vic4j.core.UnavailableException;
import io.vic4j.pod.kubernetes.PodSources;
import java.time.Duration;
import java.time.Instant;
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
  /** How long what never changes is remembered when nobody asks for it any more. */
  private static final Duration IMMUTABLES_KEPT = Duration.ofMinutes(10);

  private record Found(Data data, boolean immutable) {}

  private final KubernetesClient client;
  private final Node node;
  private final Optional<Dns> dns;
  private final InstantSource time;
  private final ClaimVolumes volumes;
  private final Set<String> runtimeClasses;
  private final ShortCache<String, Data> changing;
  private final ShortCache<String, Data> immutables;
  private final Optional<ShortCache<String, String>> absences;
  private final TokenCache tokens;
  private final ShortCache<String, List<Service>> services;

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
    this.time = time;
    this.changing = new ShortCache<>(time);
    this.immutables = new ShortCache<>(time, IMMUTABLES_KEPT);
    this.absences = Optional.empty();
    this.tokens = new TokenCache(time);
    this.services = new ShortCache<>(time);
  }

  private ClusterSources(ClusterSources same) {
    this.client = same.client;
    this.node = same.node;
    this.dns = same.dns;
    this.time = same.time;
    this.volumes = same.volumes;
    this.runtimeClasses = same.runtimeClasses;
    this.changing = same.changing;
    this.immutables = same.immutables;
    this.absences = Optional.of(new ShortCache<>(same.time));
    this.tokens = same.tokens;
    this.services = same.services;
  }

  /**
   * The same for those who are in no hurry: what was not found is not asked for again for a while.
   */
  ClusterSources patient() {
    return new ClusterSources(this);
  }

  @Override
  public Optional<Data> configMap(String namespace, String name) {
    return data(
        "ConfigMap " + namespace + "/" + name,
        () ->
            Optional.ofNullable(client.configMaps().inNamespace(namespace).withName(name).get())
                .map(it -> new Found(Data.from(it), Boolean.TRUE.equals(it.getImmutable()))));
  }

  @Override
  public Optional<Data> secret(String namespace, String name) {
    return data(
        "Secret " + namespace + "/" + name,
        () ->
            Optional.ofNullable(client.secrets().inNamespace(namespace).withName(name).get())
                .map(it -> new Found(Data.from(it), Boolean.TRUE.equals(it.getImmutable()))));
  }

  /** What an object holds; one that says that it never changes is not asked for again. */
  private Optional<Data> data(String what, Supplier<Optional<Found>> request) {
    Optional<Data> known = immutables.again(what);
    if (known.isPresent()) {
      return known;
    }
    if (absences.flatMap(it -> it.find(what)).isPresent()) {
      return Optional.empty();
    }
    return changing.get(
        what,
        () -> {
          Optional<Found> found = asked(what, request);
          if (found.isEmpty()) {
            absences.ifPresent(it -> it.put(what, what));
          }
          found.filter(Found::immutable).ifPresent(it -> immutables.put(what, it.data()));
          return found.map(Found::data);
        });
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
    return tokens.get(request, () -> newToken(request));
  }

  private Optional<TokenCache.Token> newToken(TokenRequest request) {
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
                .map(it -> new TokenCache.Token(it.getStatus().getToken(), end(it, request))));
  }

  /** Until when a token is good: as the answer says, which may be another time than asked for. */
  private Instant end(
      io.fabric8.kubernetes.api.model.authentication.TokenRequest answer, TokenRequest request) {
    @Nullable String end = answer.getStatus().getExpirationTimestamp();
    return end == null ? time.instant().plus(request.expiration()) : Instant.parse(end);
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

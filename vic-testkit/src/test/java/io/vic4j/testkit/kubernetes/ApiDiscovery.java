package io.vic4j.testkit.kubernetes;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What an API server says of itself: as much as {@code kubectl} wants to know. Source: Kubernetes,
 * "Kubernetes API Concepts", section "Discovery API".
 */
final class ApiDiscovery {
  private static final String LEASES = "coordination.k8s.io/v1";

  private static final Map<String, String> CORE = new LinkedHashMap<>();

  static {
    CORE.put("pods", "Pod");
    CORE.put("nodes", "Node");
    CORE.put("events", "Event");
    CORE.put("configmaps", "ConfigMap");
    CORE.put("secrets", "Secret");
    CORE.put("services", "Service");
    CORE.put("serviceaccounts", "ServiceAccount");
    CORE.put("persistentvolumeclaims", "PersistentVolumeClaim");
  }

  private ApiDiscovery() {}

  /** What lists of this kind are called. */
  static String listKind(String plural) {
    return plural.equals("leases") ? "LeaseList" : CORE.getOrDefault(plural, "") + "List";
  }

  /** The answer at a path; empty where there is nothing of that kind. */
  static Optional<String> answer(String path) {
    return switch (path) {
      case "/version" ->
          Optional.of("{\"major\":\"1\",\"minor\":\"33\",\"gitVersion\":\"v1.33.0\"}");
      case "/api" -> Optional.of("{\"kind\":\"APIVersions\",\"versions\":[\"v1\"]}");
      case "/apis" ->
          Optional.of(
              """
              {"kind": "APIGroupList", "apiVersion": "v1", "groups": [
                {"name": "coordination.k8s.io",
                 "versions": [{"groupVersion": "coordination.k8s.io/v1", "version": "v1"}],
                 "preferredVersion":
                   {"groupVersion": "coordination.k8s.io/v1", "version": "v1"}}]}
              """);
      case "/api/v1" -> Optional.of(resources("v1", CORE));
      case "/apis/" + LEASES -> Optional.of(resources(LEASES, Map.of("leases", "Lease")));
      default -> Optional.empty();
    };
  }

  private static String resources(String groupVersion, Map<String, String> kinds) {
    return "{\"kind\":\"APIResourceList\",\"apiVersion\":\"v1\",\"groupVersion\":\""
        + groupVersion
        + "\",\"resources\":["
        + kinds.entrySet().stream()
            .map(it -> resource(it.getKey(), it.getValue()))
            .collect(Collectors.joining(","))
        + "]}";
  }

  private static String resource(String plural, String kind) {
    return "{\"name\":\"%s\",\"singularName\":\"\",\"namespaced\":%s,\"kind\":\"%s\",\"verbs\":%s}"
        .formatted(
            plural,
            !plural.equals("nodes"),
            kind,
            "[\"create\",\"delete\",\"get\",\"list\",\"patch\",\"update\",\"watch\"]");
  }
}

package io.vic4j.pod.kubernetes.kubelet;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Who asks, as Kubernetes' authentication has it ("Authenticating", user information).
 *
 * @param name who it is, such as {@code kube-apiserver-kubelet-client}
 * @param uid tells it from others of the same name over time; may be empty
 * @param groups which groups it is in
 * @param extra what else is known of it, for who decides what it may do
 */
public record KubeletUser(
    String name, String uid, List<String> groups, Map<String, List<String>> extra) {
  static final String AUTHENTICATED = "system:authenticated";
  static final KubeletUser ANONYMOUS = of("system:anonymous", List.of("system:unauthenticated"));

  /** Copies the groups and the rest. */
  public KubeletUser {
    groups = List.copyOf(groups);
    Map<String, List<String>> copy = new LinkedHashMap<>();
    extra.forEach((key, values) -> copy.put(key, List.copyOf(values)));
    extra = Collections.unmodifiableMap(copy);
  }

  /** A user of whom no more is known. */
  public static KubeletUser of(String name, List<String> groups) {
    return new KubeletUser(name, "", groups, Map.of());
  }

  /** The same, in the group of those who have shown who they are. */
  KubeletUser authenticated() {
    if (groups.contains(AUTHENTICATED)) {
      return this;
    }
    List<String> all = new ArrayList<>(groups);
    all.add(AUTHENTICATED);
    return new KubeletUser(name, uid, all, extra);
  }
}

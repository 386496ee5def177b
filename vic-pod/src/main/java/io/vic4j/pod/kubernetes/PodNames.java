package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.HostAlias;
import io.fabric8.kubernetes.api.model.PodDNSConfig;
import io.fabric8.kubernetes.api.model.PodDNSConfigOption;
import io.vic4j.core.vm.HostEntry;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.Resolver;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a pod is called, and how it finds others by name.
 *
 * <p>Source: Kubernetes, "DNS for Services and Pods".
 */
final class PodNames {
  static final Pattern LABEL = Pattern.compile("[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?");

  private static final int MAX_NAMESERVERS = 3;
  private static final int MAX_SEARCHES = 32;
  private static final String CONFIG = "spec.dnsConfig";

  private final Context context;

  PodNames(Context context) {
    this.context = context;
  }

  void apply(PodSpec.Builder pod) {
    label(context.spec().getHostname(), "spec.hostname").ifPresent(pod::hostname);
    label(context.spec().getSubdomain(), "spec.subdomain")
        .ifPresent(
            subdomain ->
                pod.domain(
                    subdomain
                        + "."
                        + context.namespace()
                        + ".svc."
                        + context.sources().clusterDomain()));
    List<HostAlias> aliases = Given.list(context.spec().getHostAliases());
    for (int i = 0; i < aliases.size(); i++) {
      HostAlias alias = aliases.get(i);
      context
          .checked(
              "spec.hostAliases[" + i + "]",
              () -> new HostEntry(Given.text(alias.getIp(), ""), Given.list(alias.getHostnames())))
          .ifPresent(pod::host);
    }
    pod.resolver(resolver());
  }

  private Optional<String> label(@org.jspecify.annotations.Nullable String name, String path) {
    if (name == null || name.isEmpty()) {
      return Optional.empty();
    }
    if (!LABEL.matcher(name).matches()) {
      context.problems().invalid(path, "'" + name + "' is no DNS label");
      return Optional.empty();
    }
    return Optional.of(name);
  }

  private Resolver resolver() {
    String policy = Given.text(context.spec().getDnsPolicy(), "ClusterFirst");
    Set<String> nameservers = new LinkedHashSet<>();
    Set<String> searches = new LinkedHashSet<>();
    Map<String, String> options = new LinkedHashMap<>();
    boolean whole = false;
    switch (policy) {
      case "ClusterFirst", "ClusterFirstWithHostNet" -> {
        Optional<PodSources.Dns> dns = context.sources().clusterDns();
        whole = dns.isPresent();
        dns.ifPresent(
            it -> {
              nameservers.addAll(it.nameservers());
              searches.add(context.namespace() + ".svc." + it.domain());
              searches.add("svc." + it.domain());
              searches.add(it.domain());
              options.put("ndots", "5");
            });
      }
      case "None" -> {
        whole = true;
        if (context.spec().getDnsConfig() == null
            || Given.list(context.spec().getDnsConfig().getNameservers()).isEmpty()) {
          context
              .problems()
              .invalid(
                  CONFIG + ".nameservers",
                  "must provide at least one DNS nameserver when `dnsPolicy` is None");
        }
      }
      case "Default" -> whole = false;
      default -> context.problems().invalid("spec.dnsPolicy", "'" + policy + "' is no policy");
    }
    if (context.spec().getDnsConfig() != null) {
      config(context.spec().getDnsConfig(), whole, nameservers, searches, options);
    }
    List<String> lines = new ArrayList<>();
    options.forEach((name, value) -> lines.add(value.isEmpty() ? name : name + ":" + value));
    return new Resolver(List.copyOf(nameservers), List.copyOf(searches), lines);
  }

  /**
   * Adds what the pod says itself.
   *
   * @param whole whether it is known what it adds to; a VM's networks are not
   */
  private void config(
      PodDNSConfig config,
      boolean whole,
      Set<String> nameservers,
      Set<String> searches,
      Map<String, String> options) {
    List<String> servers = Given.list(config.getNameservers());
    List<String> domains = Given.list(config.getSearches());
    String only = "what the VM's network says would be replaced, not added to; use dnsPolicy: None";
    if (!whole && !servers.isEmpty()) {
      context.problems().unsupported(CONFIG + ".nameservers", only);
    }
    if (!whole && !domains.isEmpty()) {
      context.problems().unsupported(CONFIG + ".searches", only);
    }
    for (int i = 0; i < servers.size(); i++) {
      String server = servers.get(i);
      // The guest's own rule for addresses.
      context.checked(CONFIG + ".nameservers[" + i + "]", () -> HostEntry.of(server, "nameserver"));
    }
    for (int i = 0; i < domains.size(); i++) {
      String domain = domains.get(i).equals(".") ? "root" : domains.get(i);
      context.checked(CONFIG + ".searches[" + i + "]", () -> HostEntry.of("127.0.0.1", domain));
    }
    nameservers.addAll(servers);
    domains.stream()
        .map(it -> it.endsWith(".") ? it.substring(0, it.length() - 1) : it)
        .filter(it -> !it.isEmpty())
        .forEach(searches::add);
    if (nameservers.size() > MAX_NAMESERVERS) {
      context
          .problems()
          .invalid(CONFIG + ".nameservers", "must not be more than 3 with the cluster's");
    }
    if (searches.size() > MAX_SEARCHES) {
      context
          .problems()
          .invalid(CONFIG + ".searches", "must not be more than 32 with the cluster's");
    }
    List<PodDNSConfigOption> own = Given.list(config.getOptions());
    for (int i = 0; i < own.size(); i++) {
      String name = Given.text(own.get(i).getName(), "");
      String value = Given.text(own.get(i).getValue(), "");
      if (name.isEmpty() || (name + value).chars().anyMatch(c -> c <= ' ' || c >= 0x7F)) {
        context
            .problems()
            .invalid(CONFIG + ".options[" + i + "]", "it is no option of resolv.conf");
      } else {
        options.put(name, value);
      }
    }
  }
}

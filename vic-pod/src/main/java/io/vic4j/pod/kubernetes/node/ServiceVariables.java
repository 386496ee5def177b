package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The variables that tell a container about a service.
 *
 * <p>Source: Kubernetes, "Service", section "Environment variables"; {@code pkg/kubelet/envvars}.
 */
final class ServiceVariables {
  private ServiceVariables() {}

  static Map<String, String> of(Service service) {
    Map<String, String> variables = new HashMap<>();
    @Nullable String ip = service.getSpec() == null ? null : service.getSpec().getClusterIP();
    if (ip == null || ip.isEmpty() || ip.equals("None")) {
      return variables; // A headless service has no address of its own.
    }
    String name = word(service.getMetadata().getName());
    List<ServicePort> ports = service.getSpec().getPorts();
    variables.put(name + "_SERVICE_HOST", ip);
    for (int i = 0; i < ports.size(); i++) {
      ServicePort port = ports.get(i);
      String number = port.getPort().toString();
      if (i == 0) {
        variables.put(name + "_SERVICE_PORT", number);
      }
      if (port.getName() != null && !port.getName().isEmpty()) {
        variables.put(name + "_SERVICE_PORT_" + word(port.getName()), number);
      }
      String protocol = port.getProtocol() == null ? "TCP" : port.getProtocol();
      String host = ip.contains(":") ? "[" + ip + "]" : ip;
      String url = protocol.toLowerCase(Locale.ROOT) + "://" + host + ":" + number;
      if (i == 0) {
        variables.put(name + "_PORT", url);
      }
      String prefix = name + "_PORT_" + number + "_" + protocol.toUpperCase(Locale.ROOT);
      variables.put(prefix, url);
      variables.put(prefix + "_PROTO", protocol.toLowerCase(Locale.ROOT));
      variables.put(prefix + "_PORT", number);
      variables.put(prefix + "_ADDR", ip);
    }
    return variables;
  }

  private static String word(String name) {
    return name.toUpperCase(Locale.ROOT).replace('-', '_').replace('.', '_');
  }
}

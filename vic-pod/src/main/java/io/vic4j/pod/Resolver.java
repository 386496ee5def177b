package io.vic4j.pod;

import java.util.List;

/**
 * How a pod's VM finds hosts by name, beside what its networks tell it.
 *
 * @param nameservers IP addresses, instead of what its networks name; those where empty
 * @param searches the domains in which it looks for names, instead of what its networks name
 * @param options what its {@code /etc/resolv.conf} says as options, such as {@code ndots:5}
 */
public record Resolver(List<String> nameservers, List<String> searches, List<String> options) {
  /** Whatever its networks say. */
  public static final Resolver DEFAULT = new Resolver(List.of(), List.of(), List.of());

  /** Copies the lists. */
  public Resolver {
    nameservers = List.copyOf(nameservers);
    searches = List.copyOf(searches);
    options = List.copyOf(options);
  }
}

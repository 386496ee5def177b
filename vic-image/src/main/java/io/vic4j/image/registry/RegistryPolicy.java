package io.vic4j.image.registry;

import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.image.RefusedException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which registries and repositories may be used, and which networks they may be in.
 *
 * <p>Names are patterns: {@code registry.example}, {@code *.example:5000}, {@code
 * registry.example/team/*}, {@code registry.example/team/**}. A pattern without a port fits every
 * port, one without a repository every repository; {@code *} stands for any characters of one part,
 * {@code **} for any parts. What is denied is refused, even if it is allowed too. Where anything is
 * allowed, all else is refused.
 *
 * <p>Names are judged as references have them, so a mirror of an allowed registry may be asked.
 * Hosts that are denied as a whole, and networks, are judged for every host that a request goes to:
 * registries, mirrors, token servers, and where redirects lead. If a host's name leads to several
 * addresses, all must be allowed; one whose addresses cannot be found is refused where there are
 * rules about networks, even where a proxy would find it.
 *
 * <p>Immutable.
 */
public final class RegistryPolicy {
  /** Allows everything. */
  public static final RegistryPolicy ANY = builder().build();

  private final List<NamePattern> allowed;
  private final List<NamePattern> denied;
  private final List<Network> allowedNetworks;
  private final List<Network> deniedNetworks;

  private RegistryPolicy(Builder builder) {
    this.allowed = List.copyOf(builder.allowed);
    this.denied = List.copyOf(builder.denied);
    this.allowedNetworks = List.copyOf(builder.allowedNetworks);
    this.deniedNetworks = List.copyOf(builder.deniedNetworks);
  }

  /** A policy to put together; it allows everything until something is said. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Returns if this repository may be used.
   *
   * @throws RefusedException if not; the message names the rule
   */
  public void check(ImageReference reference) {
    String registry = reference.registry();
    String repository = reference.repository();
    for (NamePattern pattern : denied) {
      if (pattern.fits(registry, repository)) {
        throw new RefusedException(reference.name(), "the registry policy denies " + pattern);
      }
    }
    if (!allowed.isEmpty() && allowed.stream().noneMatch(p -> p.fits(registry, repository))) {
      throw new RefusedException(reference.name(), "the registry policy allows only " + allowed);
    }
  }

  /** Whether this repository may be used. */
  boolean allows(ImageReference reference) {
    try {
      check(reference);
      return true;
    } catch (RefusedException e) {
      return false;
    }
  }

  /** Returns if a request may go to this host, which is {@code host[:port]}. */
  void checkHost(String hostAndPort, String host) {
    for (NamePattern pattern : denied) {
      if (pattern.isOfWholeHost() && pattern.fitsHost(hostAndPort)) {
        throw new RefusedException(hostAndPort, "the registry policy denies " + pattern);
      }
    }
    if (allowedNetworks.isEmpty() && deniedNetworks.isEmpty()) {
      return;
    }
    for (InetAddress address : addresses(hostAndPort, host)) {
      Optional<Network> within =
          deniedNetworks.stream().filter(network -> network.contains(address)).findFirst();
      String text = address.getHostAddress();
      if (within.isPresent()) {
        throw new RefusedException(
            hostAndPort, "it is at " + text + ", and the registry policy denies " + within.get());
      }
      if (!allowedNetworks.isEmpty()
          && allowedNetworks.stream().noneMatch(network -> network.contains(address))) {
        throw new RefusedException(
            hostAndPort,
            "it is at " + text + ", and the registry policy allows only " + allowedNetworks);
      }
    }
  }

  private static List<InetAddress> addresses(String hostAndPort, String host) {
    try {
      return List.of(InetAddress.getAllByName(host));
    } catch (UnknownHostException e) {
      throw new RefusedException(
          hostAndPort,
          "the registry policy has rules about networks, and its address cannot be found");
    }
  }

  /** Puts a policy together. Not thread-safe. */
  public static final class Builder {
    private final List<NamePattern> allowed = new ArrayList<>();
    private final List<NamePattern> denied = new ArrayList<>();
    private final List<Network> allowedNetworks = new ArrayList<>();
    private final List<Network> deniedNetworks = new ArrayList<>();

    private Builder() {}

    /**
     * Allows what fits this pattern, and with the other patterns allowed nothing else.
     *
     * @throws InvalidArgumentException if it is none
     */
    public Builder allow(String pattern) {
      allowed.add(NamePattern.parse(pattern));
      return this;
    }

    /**
     * Denies what fits this pattern.
     *
     * @throws InvalidArgumentException if it is none
     */
    public Builder deny(String pattern) {
      denied.add(NamePattern.parse(pattern));
      return this;
    }

    /**
     * Allows hosts in this network, and with the other networks allowed no others.
     *
     * @param cidr such as {@code 10.0.0.0/8} or {@code fd00::/8}
     * @throws InvalidArgumentException if it is none
     */
    public Builder allowNetwork(String cidr) {
      allowedNetworks.add(Network.parse(cidr));
      return this;
    }

    /**
     * Denies hosts in this network.
     *
     * @param cidr such as {@code 169.254.0.0/16}
     * @throws InvalidArgumentException if it is none
     */
    public Builder denyNetwork(String cidr) {
      deniedNetworks.add(Network.parse(cidr));
      return this;
    }

    /** The policy. */
    public RegistryPolicy build() {
      return new RegistryPolicy(this);
    }
  }
}

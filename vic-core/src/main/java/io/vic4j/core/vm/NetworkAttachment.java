package io.vic4j.core.vm;

import java.util.ArrayList;
import java.util.List;

/**
 * One network adapter of a VM.
 *
 * @param network the hypervisor's name for the network, such as a port group
 * @param addressing how the guest gets its addresses there
 * @param forwards ports of the host that lead to ports of the guest, on hypervisors whose guests
 *     nobody reaches otherwise; the others refuse them
 */
public record NetworkAttachment(String network, Addressing addressing, List<PortForward> forwards) {
  /**
   * A TCP port of the host's loopback address that leads to one of the guest.
   *
   * @param hostPort 1 to 65,535
   * @param guestPort 1 to 65,535
   */
  public record PortForward(int hostPort, int guestPort) {
    /** Checks the ports. */
    public PortForward {
      if (hostPort < 1 || hostPort > 0xFFFF || guestPort < 1 || guestPort > 0xFFFF) {
        throw new InvalidSpecException(
            "networks", "ports are 1 to 65535, not " + hostPort + ":" + guestPort);
      }
    }
  }

  /** How a guest gets its addresses. */
  public sealed interface Addressing {}

  /** The guest asks a DHCP server. */
  public record Dhcp() implements Addressing {}

  /**
   * The guest sets what stands here.
   *
   * @param addresses one or more, with the length of their prefix: {@code 192.0.2.7/24}
   * @param gateways none, or one for each version of IP
   * @param nameservers in the order in which they are asked
   */
  public record Fixed(List<String> addresses, List<String> gateways, List<String> nameservers)
      implements Addressing {
    /** Copies the lists and checks that there is an address. */
    public Fixed {
      addresses = List.copyOf(addresses);
      gateways = List.copyOf(gateways);
      nameservers = List.copyOf(nameservers);
      if (addresses.isEmpty()) {
        throw new InvalidSpecException("networks", "fixed addressing needs an address");
      }
      for (String address : addresses) {
        if (address.indexOf('/') < 0) {
          throw new InvalidSpecException(
              "networks", "'" + address + "' has no prefix length (want 192.0.2.7/24)");
        }
      }
    }
  }

  /** Checks that the network has a name, and copies the list. */
  public NetworkAttachment {
    forwards = List.copyOf(forwards);
    if (network.isBlank()) {
      throw new InvalidSpecException("networks", "a network needs a name");
    }
  }

  /** An adapter whose addresses come from DHCP. */
  public static NetworkAttachment dhcp(String network) {
    return new NetworkAttachment(network, new Dhcp(), List.of());
  }

  /** An adapter with given addresses. */
  public static NetworkAttachment fixed(String network, Fixed addressing) {
    return new NetworkAttachment(network, addressing, List.of());
  }

  /** The same, with one more port that leads to the guest. */
  public NetworkAttachment forwarding(int hostPort, int guestPort) {
    List<PortForward> more = new ArrayList<>(forwards);
    more.add(new PortForward(hostPort, guestPort));
    return new NetworkAttachment(network, addressing, more);
  }
}

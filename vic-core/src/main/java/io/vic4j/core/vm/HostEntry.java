package io.vic4j.core.vm;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A line of a VM's {@code /etc/hosts}, beside those for itself.
 *
 * @param address an IP address, as text
 * @param names what it is called; one or more
 */
public record HostEntry(String address, List<String> names) {
  // Whether it is an address is the resolver's to say; what matters here is that no line breaks.
  private static final Pattern ADDRESS =
      Pattern.compile("\\d{1,3}(?:\\.\\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*(?:%\\w+)?");
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_](?:[a-zA-Z0-9_.-]{0,252})");

  /**
   * Copies the list and checks all fields.
   *
   * @throws InvalidSpecException if it is no address, or there are no names
   */
  public HostEntry {
    names = List.copyOf(names);
    check(ADDRESS.matcher(address).matches(), "'" + address + "' is no IP address");
    check(!names.isEmpty(), address + " has no name");
    for (String name : names) {
      check(isName(name), "'" + name + "' is not a host's name");
    }
  }

  /** What an address is called. */
  public static HostEntry of(String address, String... names) {
    return new HostEntry(address, Arrays.asList(names));
  }

  static boolean isAddress(String text) {
    return ADDRESS.matcher(text).matches();
  }

  static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  private static void check(boolean right, String problem) {
    if (!right) {
      throw new InvalidSpecException("hosts", problem);
    }
  }
}

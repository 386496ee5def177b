package io.vic4j.image.registry;

import io.vic4j.core.InvalidArgumentException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A network in CIDR notation (RFC 4632, section 3.1; RFC 4291, section 2.3). Immutable. */
final class Network {
  private static final Pattern SYNTAX =
      Pattern.compile(
          "([0-9]{1,3}(?:\\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)/([0-9]{1,3})");

  private final String text;
  private final byte[] prefix;
  private final int bits;

  private Network(String text, byte[] prefix, int bits) {
    this.text = text;
    this.prefix = prefix;
    this.bits = bits;
  }

  static Network parse(String text) {
    Matcher matcher = SYNTAX.matcher(text);
    if (matcher.matches()) {
      try {
        // Of that syntax it is a literal, so nothing is looked up.
        byte[] prefix = InetAddress.getByName(matcher.group(1)).getAddress();
        int bits = Integer.parseInt(matcher.group(2));
        if (bits <= prefix.length * 8) {
          return new Network(text, prefix, bits);
        }
      } catch (UnknownHostException e) {
        // Said below.
      }
    }
    throw new InvalidArgumentException(
        "not a network: '" + text + "' (want CIDR such as 10.0.0.0/8 or fd00::/8)");
  }

  boolean contains(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (bytes.length != prefix.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >> (bit % 8);
      if ((bytes[bit / 8] & mask) != (prefix[bit / 8] & mask)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return text;
  }
}

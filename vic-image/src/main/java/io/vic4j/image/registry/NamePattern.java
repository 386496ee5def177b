package io.vic4j.image.registry;

import io.vic4j.core.InvalidArgumentException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A pattern of registries and repositories: {@code host[:port][/repository]}.
 *
 * <p>In the host, {@code *} stands for any characters; a pattern without a port fits every port. In
 * the repository, {@code *} stands for any characters of one part and {@code **} for any parts. A
 * pattern without a repository fits all of them. Immutable.
 */
final class NamePattern {
  private static final Pattern SYNTAX =
      Pattern.compile(
          "(\\[[0-9a-fA-F:]+]|[a-zA-Z0-9.*-]+)(?::([0-9]{1,5}))?(?:/([a-z0-9._*/-]+))?");

  private final String text;
  private final Pattern host;
  private final String port;
  private final Pattern repository;
  private final boolean wholeHost;

  private NamePattern(
      String text, Pattern host, String port, Pattern repository, boolean wholeHost) {
    this.text = text;
    this.host = host;
    this.port = port;
    this.repository = repository;
    this.wholeHost = wholeHost;
  }

  static NamePattern parse(String text) {
    var matcher = SYNTAX.matcher(text);
    if (!matcher.matches()) {
      throw new InvalidArgumentException(
          "not a pattern of registries: '"
              + text
              + "' (want host[:port][/repository], with * in it)");
    }
    String repository = matcher.group(3);
    return new NamePattern(
        text,
        glob(matcher.group(1).toLowerCase(Locale.ROOT)),
        matcher.group(2) == null ? "" : matcher.group(2),
        glob(repository == null ? "**" : repository),
        repository == null);
  }

  private static Pattern glob(String glob) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < glob.length(); i++) {
      if (glob.charAt(i) != '*') {
        regex.append(Pattern.quote(glob.substring(i, i + 1)));
      } else if (glob.startsWith("**", i)) {
        regex.append(".*");
        i++;
      } else {
        regex.append("[^/]*");
      }
    }
    return Pattern.compile(regex.toString());
  }

  /** Whether this speaks of the host as a whole, not only of some of its repositories. */
  boolean isOfWholeHost() {
    return wholeHost;
  }

  boolean fits(String registry, String itsRepository) {
    return fitsHost(registry) && repository.matcher(itsRepository).matches();
  }

  boolean fitsHost(String hostAndPort) {
    int colon = hostAndPort.lastIndexOf(':');
    boolean hasPort = colon > hostAndPort.lastIndexOf(']');
    String name = hasPort ? hostAndPort.substring(0, colon) : hostAndPort;
    String itsPort = hasPort ? hostAndPort.substring(colon + 1) : "";
    return host.matcher(name.toLowerCase(Locale.ROOT)).matches()
        && (port.isEmpty() || port.equals(itsPort));
  }

  @Override
  public String toString() {
    return text;
  }
}

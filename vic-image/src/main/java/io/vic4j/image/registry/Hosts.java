package io.vic4j.image.registry;

import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Which registries are asked where, and by which protocol. Immutable. */
final class Hosts {
  /** Where Docker Hub's registry is. */
  private static final String DOCKER_HUB = "registry-1.docker.io";

  private static final Pattern LOOPBACK =
      Pattern.compile("(?:localhost|127(?:\\.[0-9]{1,3}){3}|\\[::1])(?::[0-9]+)?");

  private final Set<String> plainHttp;
  private final Set<String> https;
  private final Map<String, List<String>> mirrors;

  Hosts(Set<String> plainHttp, Set<String> https, Map<String, List<String>> mirrors) {
    for (String host : plainHttp) {
      if (https.contains(host)) {
        throw new InvalidArgumentException(
            "registry " + host + " is to be asked by plain HTTP and by HTTPS: choose one");
      }
    }
    this.plainHttp = Set.copyOf(plainHttp);
    this.https = Set.copyOf(https);
    Map<String, List<String>> copy = new TreeMap<>();
    mirrors.forEach((registry, its) -> copy.put(registry, List.copyOf(its)));
    this.mirrors = copy;
  }

  /**
   * Where else to ask for what is in a registry, in this order; the registry itself is not among
   * them.
   */
  List<ImageReference> mirrors(ImageReference reference) {
    List<ImageReference> found = new ArrayList<>();
    for (String mirror : mirrors.getOrDefault(reference.registry(), List.of())) {
      found.add(at(mirror + "/" + reference.repository(), reference));
    }
    return found;
  }

  private static ImageReference at(String name, ImageReference reference) {
    return ImageReference.parse(
        name
            + reference.tag().map(tag -> ":" + tag).orElse("")
            + reference.digest().map(digest -> "@" + digest).orElse(""));
  }

  /** Checks that this is {@code host[:port][/path]}. */
  static String checkedMirror(String mirror) {
    String name = mirror + "/x";
    if (!ImageReference.parse(name + ":x").name().equals(name)) {
      throw new InvalidArgumentException(
          "not a mirror: '" + mirror + "' (want host[:port][/path], without a protocol)");
    }
    return mirror;
  }

  /** The root of a registry's API, such as {@code https://registry.example/v2/}. */
  URI root(String registry) {
    String host = registry.equals(ImageReference.DEFAULT_REGISTRY) ? DOCKER_HUB : registry;
    return URI.create((mayBePlain(registry) ? "http://" : "https://") + host + "/v2/");
  }

  /** Whether this host may be talked to without TLS. */
  boolean mayBePlain(String hostAndPort) {
    return plainHttp.contains(hostAndPort)
        || (isLoopback(hostAndPort) && !https.contains(hostAndPort));
  }

  /** Whether this host, with a port or not, is this machine by its name alone. */
  static boolean isLoopback(String hostAndPort) {
    return LOOPBACK.matcher(hostAndPort.toLowerCase(Locale.ROOT)).matches();
  }

  /** Scheme, host and port: what credentials are bound to (RFC 6454, section 4). */
  static String origin(URI uri) {
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    String host = String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT);
    int port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? 443 : 80;
    return scheme + "://" + host + ":" + port;
  }

  /** The host, with its port where one is given, for messages: no path, no query. */
  static String name(URI uri) {
    return uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
  }
}

package io.vic4j.image.registry;

import io.vic4j.core.InvalidArgumentException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which proxy leads to which host, by the environment variables that command-line tools know:
 * {@code HTTP_PROXY}, {@code HTTPS_PROXY}, {@code NO_PROXY}, in capitals or not.
 *
 * <p>{@code NO_PROXY} is a list with commas: a name is meant with all names below it, with or
 * without a dot before it; {@code host:port} is meant at that port only; {@code *} is all. Hosts of
 * this machine ({@code localhost}, {@code 127.0.0.0/8}, {@code [::1]}) are never asked through a
 * proxy.
 *
 * <p>A proxy for addresses without TLS may want a password, which its variable then holds ({@code
 * http://user:password@host:port}). One for TLS may not: the password would go with a {@code
 * CONNECT}, and the Java runtime's client sends none there unless a property of the whole runtime
 * ({@code jdk.http.auth.tunneling.disabledSchemes}) allows it, which is not a library's to set.
 * Immutable.
 */
public final class ProxyRules extends ProxySelector {
  private final @Nullable InetSocketAddress http;
  private final @Nullable String httpAuthorization;
  private final @Nullable InetSocketAddress https;
  private final List<String> direct;

  private ProxyRules(
      @Nullable InetSocketAddress http,
      @Nullable String httpAuthorization,
      @Nullable InetSocketAddress https,
      List<String> direct) {
    this.http = http;
    this.httpAuthorization = httpAuthorization;
    this.https = https;
    this.direct = List.copyOf(direct);
  }

  /**
   * The rules in these variables, which may be {@link System#getenv()}.
   *
   * @throws InvalidArgumentException if one of them cannot be understood
   */
  public static ProxyRules from(Map<String, String> environment) {
    List<String> direct = new ArrayList<>();
    for (String name : value(environment, "NO_PROXY").split("[,\\s]+", -1)) {
      if (!name.isEmpty()) {
        direct.add(name.toLowerCase(Locale.ROOT).replaceFirst("^(\\*?)\\.", ""));
      }
    }
    URI http = proxy(environment, "HTTP_PROXY");
    URI https = proxy(environment, "HTTPS_PROXY");
    if (https != null && https.getRawUserInfo() != null) {
      throw bad(
          "HTTPS_PROXY",
          "proxies that want a password are supported without TLS only, for this Java runtime does"
              + " not send it where it asks for a tunnel");
    }
    return new ProxyRules(address(http), basic(http), address(https), direct);
  }

  private static String value(Map<String, String> environment, String name) {
    String lower = environment.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    return (lower.isEmpty() ? environment.getOrDefault(name, "") : lower).strip();
  }

  private static @Nullable URI proxy(Map<String, String> environment, String name) {
    String text = value(environment, name);
    if (text.isEmpty()) {
      return null;
    }
    URI uri;
    try {
      uri = new URI(text.contains("://") ? text : "http://" + text);
    } catch (URISyntaxException e) {
      throw bad(name, "it is no address");
    }
    if (uri.getHost() == null) {
      throw bad(name, "it names no host");
    }
    if (!"http".equalsIgnoreCase(uri.getScheme())) {
      throw bad(name, "only proxies that are talked to by http:// are supported");
    }
    return uri;
  }

  private static @Nullable InetSocketAddress address(@Nullable URI proxy) {
    return proxy == null
        ? null
        : InetSocketAddress.createUnresolved(
            proxy.getHost(), proxy.getPort() < 0 ? 80 : proxy.getPort());
  }

  /** What the proxy wants to be told (RFC 7617, section 2). */
  private static @Nullable String basic(@Nullable URI proxy) {
    if (proxy == null || proxy.getUserInfo() == null) {
      return null;
    }
    byte[] credentials = proxy.getUserInfo().getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(credentials);
  }

  /** What the proxy for this address wants to be told, if it wants anything. */
  Optional<String> authorization(URI uri) {
    return "http".equalsIgnoreCase(uri.getScheme()) && !isDirect(uri)
        ? Optional.ofNullable(httpAuthorization)
        : Optional.empty();
  }

  /** Without what the variable holds: there may be a password in it. */
  private static InvalidArgumentException bad(String name, String why) {
    return new InvalidArgumentException("the proxy in " + name + " cannot be used: " + why);
  }

  @Override
  public List<Proxy> select(URI uri) {
    InetSocketAddress proxy = "https".equalsIgnoreCase(uri.getScheme()) ? https : http;
    if (proxy == null || isDirect(uri)) {
      return List.of(Proxy.NO_PROXY);
    }
    return List.of(
        new Proxy(Proxy.Type.HTTP, new InetSocketAddress(proxy.getHostString(), proxy.getPort())));
  }

  private boolean isDirect(URI uri) {
    String host = String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT);
    if (Hosts.isLoopback(host)) {
      return true;
    }
    String withPort = host + ":" + uri.getPort();
    return direct.stream()
        .anyMatch(
            name ->
                name.equals("*")
                    || name.equals(host)
                    || name.equals(withPort)
                    || host.endsWith("." + name)
                    || withPort.endsWith("." + name));
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException failure) {
    // Told by the request that failed.
  }
}

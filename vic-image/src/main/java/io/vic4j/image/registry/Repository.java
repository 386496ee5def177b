package io.vic4j.image.registry;

import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnauthorizedException;
import io.vic4j.core.UnsupportedException;
import java.net.URI;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One repository of a registry: asks, signs in where that is wanted, judges the answer. */
final class Repository {
  private final String registry;
  private final String name;
  private final URI root;
  private final Transport transport;
  private final Authorizer authorizer;
  private final InstantSource clock;
  private final Calls calls;
  private volatile boolean reached;

  Repository(
      String registry,
      String name,
      URI root,
      Transport transport,
      Authorizer authorizer,
      InstantSource clock,
      Calls calls) {
    this.registry = registry;
    this.name = name;
    this.root = root;
    this.transport = transport;
    this.authorizer = authorizer;
    this.clock = clock;
    this.calls = calls;
  }

  /**
   * A thing in the repository.
   *
   * @param path where it is, below the repository
   * @param kind what sort of thing it is, for a {@link NotFoundException}
   * @param label which one, for messages
   */
  record Target(String path, String kind, String label) {
    @Override
    public String toString() {
      return kind + " " + label;
    }
  }

  /** Whether the registry has answered at all. */
  boolean isReached() {
    return reached;
  }

  /** Statuses after which the same request may succeed later. */
  static boolean mayPass(int status) {
    return status == 408 || status == 429 || (status >= 500 && status != 501 && status != 505);
  }

  /**
   * One attempt to get something. The answer's status is 200, or 206 or 416 where a part was asked
   * for.
   */
  Reply get(Target target, Map<String, String> headers) throws TransientException {
    URI uri = uri(target.path());
    String authorization = authorizer.header(name, calls);
    Reply first = send(uri, headers, authorization);
    if (first.status() != 401 || !isHome(first)) {
      return judge(target, headers, first);
    }
    first.discard();
    List<String> offers = first.headers().allValues("WWW-Authenticate");
    String wanted = authorizer.answer(name, offers, authorization, calls);
    return judge(target, headers, send(uri, headers, wanted));
  }

  /** One attempt to get something from another address, without signing in. */
  Reply getFrom(URI address, Target target, Map<String, String> headers) throws TransientException {
    return judge(target, headers, transport.get(address, headers, calls));
  }

  /**
   * One attempt to do something else. The answer's status is one of those that are expected.
   *
   * @param expected the statuses that the caller knows what to do with
   */
  Reply send(Target target, Outgoing outgoing, Set<Integer> expected) throws TransientException {
    boolean home = Hosts.origin(outgoing.uri()).equals(Hosts.origin(root));
    String authorization = home ? authorizer.header(name, calls) : null;
    Reply first = transport.send(outgoing.with("Authorization", authorization), calls);
    reached = true;
    if (first.status() != 401 || !home) {
      return judge(target, first, expected);
    }
    first.discard();
    List<String> offers = first.headers().allValues("WWW-Authenticate");
    String wanted = authorizer.answer(name, offers, authorization, calls);
    Outgoing signed = outgoing.with("Authorization", wanted);
    return judge(target, transport.send(signed, calls), expected);
  }

  private Reply judge(Target target, Reply reply, Set<Integer> expected) throws TransientException {
    if (expected.contains(reply.status())) {
      return reply;
    }
    try (reply) {
      throw failure(target, reply);
    }
  }

  /** The address of something below this repository. */
  URI uri(String path) {
    return root.resolve(name.isEmpty() ? path : name + "/" + path);
  }

  /** The registry's name, as references have it. */
  String registry() {
    return registry;
  }

  private Reply judge(Target target, Map<String, String> headers, Reply reply)
      throws TransientException {
    int status = reply.status();
    if (status == 200 || (headers.containsKey("Range") && (status == 206 || status == 416))) {
      return reply;
    }
    try (reply) {
      throw failure(target, reply);
    }
  }

  private Reply send(URI uri, Map<String, String> headers, @Nullable String authorization)
      throws TransientException {
    Map<String, String> all = new LinkedHashMap<>(headers);
    if (authorization != null) {
      all.put("Authorization", authorization);
    }
    Reply reply = transport.get(uri, all, calls);
    reached = true;
    return reply;
  }

  private boolean isHome(Reply reply) {
    return Hosts.origin(reply.uri()).equals(Hosts.origin(root));
  }

  private RuntimeException failure(Target target, Reply reply) throws TransientException {
    int status = reply.status();
    String quote = reply.quote();
    String host = isHome(reply) ? registry : Hosts.name(reply.uri());
    // A signed address that the registry redirects to may run out: it gives a new one.
    if (mayPass(status) || (!isHome(reply) && (status == 401 || status == 403))) {
      throw TransientException.refused(
          host + " answered " + quote, reply.retryAfter(clock.instant()));
    }
    return switch (status) {
      case 401, 403 ->
          new UnauthorizedException(
              host
                  + " refuses "
                  + target
                  + ", asked "
                  + authorizer.principal()
                  + ": "
                  + quote
                  + "; it is not there, or needs other credentials");
      case 404 ->
          new NotFoundException(
              target.kind(),
              target.label(),
              target.kind() + " not found: " + target.label() + ": " + host + " answered " + quote,
              null);
      case 413, 416 ->
          new UnsupportedException(host + " does not take the size of " + target + ": " + quote);
      default -> new InvalidArgumentException(host + " refuses " + target + ": " + quote);
    };
  }
}

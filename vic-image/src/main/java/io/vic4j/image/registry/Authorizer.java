package io.vic4j.image.registry;

import io.vic4j.core.CancelledException;
import io.vic4j.core.UnauthorizedException;
import io.vic4j.core.UnavailableException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Signs in to one registry. Thread-safe.
 *
 * <p>Nothing is sent before the registry has asked for it. A token belongs to one repository; where
 * several threads need a new one, the first fetches it and the others wait for it.
 *
 * <p>Source: the distribution project's "Token Authentication Specification" and "Oauth2 Token
 * Authentication"; RFC 7617 for basic authentication.
 */
final class Authorizer {
  private static final int MAX_TOKEN_BYTES = 1 << 20;
  private static final String CLIENT_ID = "vic4j";

  private final String registry;
  private final Hosts hosts;
  private final CredentialSource source;
  private final Transport transport;
  private final InstantSource clock;
  private final Map<String, Lane> lanes = new ConcurrentHashMap<>();
  private volatile @Nullable String basic;
  private volatile String principal = "anonymously";

  Authorizer(
      String registry,
      Hosts hosts,
      CredentialSource source,
      Transport transport,
      InstantSource clock) {
    this.registry = registry;
    this.hosts = hosts;
    this.source = source;
    this.transport = transport;
    this.clock = clock;
  }

  /** What is known for one repository. */
  private static final class Lane {
    final ReentrantLock fetching = new ReentrantLock();
    volatile @Nullable Token token;
    volatile @Nullable Challenge challenge;
  }

  /** With whose credentials the registry was asked last, for messages. */
  String principal() {
    return principal;
  }

  /** The Authorization header to begin with; null before the registry has asked for one. */
  @Nullable String header(String repository, Calls calls) throws TransientException {
    Lane lane = lanes.computeIfAbsent(repository, name -> new Lane());
    Token token = lane.token;
    Challenge challenge = lane.challenge;
    if (token == null || challenge == null) {
      return basic;
    }
    return token.isFresh(clock.instant())
        ? token.header()
        : bearer(lane, challenge, repository, token.header(), calls);
  }

  /**
   * The Authorization header that a 401 asks for.
   *
   * @param refused the header that was sent and refused, if there was one
   * @throws UnauthorizedException if there is nothing that could be sent
   */
  String answer(String repository, List<String> offers, @Nullable String refused, Calls calls)
      throws TransientException {
    List<Challenge> challenges = Challenge.parse(offers);
    for (Challenge challenge : challenges) {
      if (challenge.scheme().equals("bearer")) {
        Lane lane = lanes.computeIfAbsent(repository, name -> new Lane());
        return bearer(lane, challenge, repository, refused, calls);
      }
    }
    for (Challenge challenge : challenges) {
      if (challenge.scheme().equals("basic")) {
        return basic();
      }
    }
    throw new UnauthorizedException(
        registry
            + " wants a sign-in that is not supported: "
            + challenges.stream().map(Challenge::scheme).toList()
            + " (supported: bearer, basic)");
  }

  private String basic() {
    Optional<Credentials> found = source.credentials(registry);
    if (found.isPresent() && found.get() instanceof Credentials.Basic known) {
      String header = basicHeader(known);
      principal = "as " + known.principal();
      basic = header;
      return header;
    }
    throw new UnauthorizedException(
        registry
            + " wants a user name and a password, and there "
            + found.map(other -> "is only " + other.principal()).orElse("are no credentials for it")
            + "; give them with RegistryClient.Builder.credentials");
  }

  private static String basicHeader(Credentials.Basic credentials) {
    String pair = credentials.username() + ":" + credentials.password();
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  private String bearer(
      Lane lane, Challenge challenge, String repository, @Nullable String refused, Calls calls)
      throws TransientException {
    try {
      lane.fetching.lockInterruptibly();
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "sign-in to " + registry);
    }
    try {
      Token token = lane.token;
      if (token == null || token.header().equals(refused) || !token.isFresh(clock.instant())) {
        token = fetch(challenge, repository, calls);
        lane.challenge = challenge;
        lane.token = token;
      }
      return token.header();
    } finally {
      lane.fetching.unlock();
    }
  }

  private Token fetch(Challenge challenge, String repository, Calls calls)
      throws TransientException {
    URI realm = realm(challenge.parameter("realm"));
    Optional<Credentials> found = source.credentials(registry);
    principal = found.map(known -> "as " + known.principal()).orElse("anonymously");
    StringBuilder query = new StringBuilder();
    add(query, "service", challenge.parameter("service"));
    String scopes = challenge.parameter("scope").strip();
    if (scopes.isEmpty()) {
      scopes =
          repository.isEmpty()
              ? "registry:catalog:" + calls.actions()
              : "repository:" + repository + ":" + calls.actions();
    }
    Credentials credentials = found.orElse(null);
    try (Reply reply =
        credentials instanceof Credentials.IdentityToken identity
            ? transport.post(realm, refreshForm(query, scopes, identity), calls)
            : transport.get(
                withQuery(realm, query, scopes, (Credentials.Basic) credentials),
                credentials instanceof Credentials.Basic basicCredentials
                    ? Map.of("Authorization", basicHeader(basicCredentials))
                    : Map.of(),
                calls)) {
      return read(reply, realm);
    }
  }

  private static String refreshForm(
      StringBuilder query, String scopes, Credentials.IdentityToken identity) {
    add(query, "scope", scopes);
    add(query, "grant_type", "refresh_token");
    add(query, "client_id", CLIENT_ID);
    add(query, "refresh_token", identity.token());
    return query.toString();
  }

  private static URI withQuery(
      URI realm, StringBuilder query, String scopes, Credentials.@Nullable Basic credentials) {
    for (String scope : scopes.split(" +", -1)) {
      add(query, "scope", scope);
    }
    add(query, "client_id", CLIENT_ID);
    if (credentials != null) {
      add(query, "account", credentials.username());
    }
    return URI.create(realm + (realm.getRawQuery() == null ? "?" : "&") + query);
  }

  private static void add(StringBuilder query, String name, String value) {
    if (!value.isEmpty()) {
      query
          .append(query.isEmpty() ? "" : "&")
          .append(name)
          .append('=')
          .append(URLEncoder.encode(value, StandardCharsets.UTF_8));
    }
  }

  /*
   * The registry chooses the token server, and the credentials go there: so it must be one by
   * HTTPS, or one that plain HTTP may be used with anyway where the registry itself is such a one.
   */
  private URI realm(String text) {
    URI realm;
    try {
      realm = new URI(text);
    } catch (URISyntaxException e) {
      throw badRealm(text, "it is not a URL", e);
    }
    if (realm.getHost() == null || realm.getRawUserInfo() != null || realm.getFragment() != null) {
      throw badRealm(text, "it is not a plain URL with a host", null);
    }
    boolean plainAllowed =
        "http".equals(realm.getScheme())
            && hosts.mayBePlain(registry)
            && hosts.mayBePlain(Hosts.name(realm));
    if (!"https".equals(realm.getScheme()) && !plainAllowed) {
      throw badRealm(text, "credentials are sent by HTTPS only", null);
    }
    return realm;
  }

  private UnavailableException badRealm(String text, String why, @Nullable Throwable cause) {
    String shown = text.replaceAll("\\p{Cntrl}", "?");
    return new UnavailableException(
        registry
            + " names a token server that is not asked, for "
            + why
            + ": '"
            + (shown.length() > 100 ? shown.substring(0, 100) + "…" : shown)
            + "'",
        cause);
  }

  private Token read(Reply reply, URI realm) throws TransientException {
    String server = Hosts.name(realm);
    int status = reply.status();
    if (status == 200) {
      byte[] content = reply.content(MAX_TOKEN_BYTES, "the answer of token server " + server);
      return Token.read(content, clock.instant())
          .orElseThrow(
              () ->
                  new UnavailableException(
                      "token server " + server + " answered without a usable token", null));
    }
    if (Repository.mayPass(status)) {
      throw TransientException.refused(
          "token server " + server + " answered " + reply.quote(),
          reply.retryAfter(clock.instant()));
    }
    throw new UnauthorizedException(
        "token server "
            + server
            + " of "
            + registry
            + ", asked "
            + principal
            + ", gives no token: "
            + reply.quote());
  }
}

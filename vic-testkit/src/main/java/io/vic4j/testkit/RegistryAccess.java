package io.vic4j.testkit;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Who may use an embedded registry, and how they show it. Thread-safe. */
final class RegistryAccess {
  enum Kind {
    OPEN,
    BASIC,
    TOKEN
  }

  static final String TOKEN_PATH = "/token";

  private static final String SERVICE = "embedded registry";
  private static final Pattern REPOSITORY = Pattern.compile("/v2/(.+)/(?:manifests|tags|blobs)/.*");

  private final Kind kind;
  private final Optional<String> userAndPassword;
  private final String identityToken;
  private final long tokenSeconds;
  private final Map<String, String> scopesByToken = new HashMap<>();
  private int tokenCount;

  /**
   * Who may use it.
   *
   * @param userAndPassword the only user, as {@code user:password}; empty for anybody
   * @param identityToken what a token is given for too; empty for none
   */
  RegistryAccess(
      Kind kind, Optional<String> userAndPassword, String identityToken, long tokenSeconds) {
    this.kind = kind;
    this.userAndPassword = userAndPassword;
    this.identityToken = identityToken;
    this.tokenSeconds = tokenSeconds;
  }

  /** Forgets all tokens given so far. */
  synchronized void expireTokens() {
    scopesByToken.clear();
  }

  /** The refusal of a request; empty if it is allowed. */
  Optional<RegistryAnswer> refusal(
      String method, String path, String authorization, String origin) {
    return switch (kind) {
      case OPEN -> Optional.empty();
      case BASIC ->
          isUser(authorization)
              ? Optional.empty()
              : Optional.of(unauthorized("Basic realm=\"" + SERVICE + "\""));
      case TOKEN -> {
        Matcher repository = REPOSITORY.matcher(path);
        boolean read = method.equals("GET") || method.equals("HEAD");
        String scope =
            repository.matches()
                ? "repository:" + repository.group(1) + (read ? ":pull" : ":pull,push")
                : "";
        yield hasToken(authorization, scope)
            ? Optional.empty()
            : Optional.of(
                unauthorized(
                    "Bearer realm=\""
                        + origin
                        + TOKEN_PATH
                        + "\",service=\""
                        + SERVICE
                        + "\""
                        + (scope.isEmpty() ? "" : ",scope=\"" + scope + "\"")));
      }
    };
  }

  private static RegistryAnswer unauthorized(String challenge) {
    return RegistryAnswer.error(401, "UNAUTHORIZED", "authentication required")
        .with("WWW-Authenticate", challenge);
  }

  private boolean isUser(String authorization) {
    return userAndPassword
        .map(pair -> pair.getBytes(StandardCharsets.UTF_8))
        .map(pair -> "Basic " + Base64.getEncoder().encodeToString(pair))
        .map(authorization::equals)
        .orElse(true);
  }

  private synchronized boolean hasToken(String authorization, String scope) {
    String scopes =
        authorization.startsWith("Bearer ")
            ? scopesByToken.get(authorization.substring("Bearer ".length()))
            : null;
    // A token to push holds "pull,push".
    return scopes != null
        && (scope.isEmpty() || scopes.startsWith(scope) || scopes.contains(" " + scope));
  }

  /** The token server's answer. */
  RegistryAnswer token(String authorization, Map<String, String> parameters) {
    boolean byIdentity =
        !identityToken.isEmpty()
            && "refresh_token".equals(parameters.get("grant_type"))
            && identityToken.equals(parameters.get("refresh_token"));
    if (!byIdentity && !isUser(authorization)) {
      return RegistryAnswer.error(401, "UNAUTHORIZED", "incorrect username or password");
    }
    String token = newToken(parameters.getOrDefault("scope", ""));
    return RegistryAnswer.of(
        200,
        "application/json",
        TestImage.json(
            Map.of(byIdentity ? "access_token" : "token", token, "expires_in", tokenSeconds)));
  }

  private synchronized String newToken(String scope) {
    String token = "token-" + ++tokenCount;
    scopesByToken.put(token, scope);
    return token;
  }
}

package io.vic4j.pod.kubernetes.node;

import io.vic4j.core.VicException;
import io.vic4j.pod.kubernetes.PodSources.TokenRequest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives who asks for a token the same one until four fifths of its life are over, or a day; then
 * another one. While that cannot be had, the old one is given for as long as it is good.
 * Thread-safe; several that ask at once may get several.
 *
 * <p>Source: Kubernetes, pkg/kubelet/token, {@code requiresRefresh}.
 */
final class TokenCache {
  private static final Logger log = LoggerFactory.getLogger(TokenCache.class);
  private static final Duration OLDEST = Duration.ofHours(24);

  /**
   * A token.
   *
   * @param text what is shown
   * @param end until when it is good
   */
  record Token(String text, Instant end) {}

  private record Entry(Token token, Instant renewal, boolean late) {}

  private final InstantSource time;
  private final Map<TokenRequest, Entry> entries = new HashMap<>();

  TokenCache(InstantSource time) {
    this.time = time;
  }

  /**
   * A token for this.
   *
   * @param source makes a new one; empty where none can be had
   */
  Optional<String> get(TokenRequest request, Supplier<Optional<Token>> source) {
    Instant now = time.instant();
    @Nullable Entry known = find(request);
    if (known != null && now.isBefore(known.renewal)) {
      return Optional.of(known.token.text());
    }
    Optional<Token> fresh;
    try {
      fresh = source.get();
    } catch (VicException e) {
      if (known == null || !now.isBefore(known.token.end())) {
        throw e;
      }
      late(request, known, e.toString());
      return Optional.of(known.token.text());
    }
    if (fresh.isEmpty() && known != null && now.isBefore(known.token.end())) {
      late(request, known, "there is no such account");
      return Optional.of(known.token.text());
    }
    fresh.ifPresent(token -> put(request, token, now));
    return fresh.map(Token::text);
  }

  private @Nullable Entry find(TokenRequest request) {
    synchronized (entries) {
      return entries.get(request);
    }
  }

  private void put(TokenRequest request, Token token, Instant now) {
    Duration four = Duration.between(now, token.end()).dividedBy(5).multipliedBy(4);
    Instant renewal = now.plus(four.compareTo(OLDEST) < 0 ? four : OLDEST);
    synchronized (entries) {
      entries.values().removeIf(it -> !now.isBefore(it.token.end()));
      entries.put(request, new Entry(token, renewal, false));
    }
  }

  /** Says once of a token that it is older than it should be. */
  private void late(TokenRequest request, Entry known, String why) {
    if (!known.late) {
      log.warn(
          "the token of {}/{} for pod {} is not renewed yet, and good until {}: {}",
          request.namespace(),
          request.serviceAccount(),
          request.pod(),
          known.token.end(),
          why);
      synchronized (entries) {
        entries.replace(request, known, new Entry(known.token, known.renewal, true));
      }
    }
  }
}

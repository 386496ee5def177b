package io.vic4j.pod.kubernetes.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.UnavailableException;
import io.vic4j.pod.kubernetes.PodSources.TokenRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class TokenCacheTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final TokenRequest REQUEST = request("one");

  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final TokenCache cache = new TokenCache(() -> now);
  private int made;
  private boolean isDown;
  private boolean isGone;

  private static TokenRequest request(String pod) {
    return new TokenRequest(
        "default", "builder", pod, Optional.of("uid of " + pod), Optional.empty(), HOUR);
  }

  private Optional<String> get(TokenRequest request, Duration life) {
    return cache.get(
        request,
        () -> {
          if (isDown) {
            throw new UnavailableException("the API server is down", null);
          }
          return isGone
              ? Optional.empty()
              : Optional.of(new TokenCache.Token("token " + ++made, now.plus(life)));
        });
  }

  private void pass(Duration time) {
    now = now.plus(time);
  }

  @Test
  void aToken_isRenewed_whenFourFifthsOfItsLifeAreOver() {
    assertThat(get(REQUEST, HOUR)).contains("token 1");
    pass(Duration.ofMinutes(47));
    assertThat(get(REQUEST, HOUR)).contains("token 1");
    pass(Duration.ofMinutes(1));
    assertThat(get(REQUEST, HOUR)).contains("token 2");
    assertThat(get(REQUEST, HOUR)).contains("token 2");
  }

  @Test
  void aTokenOfALongLife_isRenewedAfterADay() {
    Duration year = Duration.ofDays(365);
    assertThat(get(REQUEST, year)).contains("token 1");
    pass(Duration.ofHours(23));
    assertThat(get(REQUEST, year)).contains("token 1");
    pass(HOUR);
    assertThat(get(REQUEST, year)).contains("token 2");
  }

  @Test
  void eachPodHasItsOwn() {
    assertThat(get(REQUEST, HOUR)).contains("token 1");
    assertThat(get(request("other"), HOUR)).contains("token 2");
    assertThat(get(REQUEST, HOUR)).contains("token 1");
  }

  @Test
  void anOldToken_isGivenWhileItIsGood_whereNoneCanBeHad() {
    assertThat(get(REQUEST, HOUR)).contains("token 1");
    pass(Duration.ofMinutes(50));
    isDown = true;
    assertThat(get(REQUEST, HOUR)).contains("token 1");
    isDown = false;
    isGone = true;
    assertThat(get(REQUEST, HOUR)).contains("token 1");
    pass(Duration.ofMinutes(10));
    assertThat(get(REQUEST, HOUR)).isEmpty();
    isDown = true;
    assertThatThrownBy(() -> get(REQUEST, HOUR)).isInstanceOf(UnavailableException.class);
    isDown = false;
    isGone = false;
    assertThat(get(REQUEST, HOUR)).contains("token 2");
  }
}

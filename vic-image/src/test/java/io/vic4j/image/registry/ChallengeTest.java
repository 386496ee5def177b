package io.vic4j.image.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;

class ChallengeTest {
  @Example
  void bearer_withItsParameters() {
    assertThat(
            Challenge.parse(
                List.of(
                    "Bearer realm=\"https://auth.example/token\",service=\"a, b\","
                        + "scope=\"repository:a/b:pull,push\"")))
        .containsExactly(
            new Challenge(
                "bearer",
                Map.of(
                    "realm",
                    "https://auth.example/token",
                    "service",
                    "a, b",
                    "scope",
                    "repository:a/b:pull,push")));
  }

  @Example
  void severalSchemes_inOneHeaderOrInSeveral() {
    List<Challenge> expected =
        List.of(
            new Challenge("negotiate", Map.of()),
            new Challenge("basic", Map.of("realm", "x")),
            new Challenge("bearer", Map.of("realm", "y")));

    assertThat(Challenge.parse(List.of("Negotiate, Basic realm=\"x\", BEARER Realm = y")))
        .isEqualTo(expected);
    assertThat(Challenge.parse(List.of("Negotiate", "Basic realm=\"x\"", "Bearer realm=y")))
        .isEqualTo(expected);
  }

  @Example
  void quotedCharacters_areTakenAsTheyAre() {
    assertThat(Challenge.parse(List.of("Basic realm=\"a\\\"b\\\\c\"")).get(0).parameter("realm"))
        .isEqualTo("a\"b\\c");
  }

  @Property
  void anything_isReadToItsEnd(
      @ForAll @CharRange(from = ' ', to = '~') @Chars({'"', '=', ',', ' ', '\\'}) String value) {
    assertThat(Challenge.parse(List.of(value))).isNotNull();
  }
}

package io.vic4j.image.registry;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.image.RefusedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegistryPolicyTest {
  private static RegistryPolicy.Builder policy() {
    return RegistryPolicy.builder();
  }

  private static void assertAllows(RegistryPolicy policy, String reference) {
    assertThatCode(() -> policy.check(ImageReference.parse(reference))).doesNotThrowAnyException();
  }

  private static void assertRefuses(RegistryPolicy policy, String reference, String why) {
    assertThatThrownBy(() -> policy.check(ImageReference.parse(reference)))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(ImageReference.parse(reference).name() + " is refused")
        .hasMessageContaining(why);
  }

  @Test
  void nothingSaid_allowsEverything() {
    assertAllows(RegistryPolicy.ANY, "registry.example/team/app:1");
  }

  @Test
  void allowedRegistry_refusesAllOthers() {
    RegistryPolicy policy = policy().allow("registry.example").build();

    assertAllows(policy, "registry.example/team/app:1");
    assertRefuses(policy, "other.example/app", "allows only [registry.example]");
    assertRefuses(policy, "debian", "allows only");
  }

  @Test
  void deniedRepository_isRefusedThoughItsRegistryIsAllowed() {
    RegistryPolicy policy =
        policy().allow("registry.example").deny("registry.example/secret/**").build();

    assertAllows(policy, "registry.example/team/app");
    assertRefuses(policy, "registry.example/secret/a/b", "denies registry.example/secret/**");
  }

  @ParameterizedTest
  @CsvSource({
    "registry.example,          registry.example/a,      true",
    "registry.example,          registry.example:5000/a, true",
    "registry.example:5000,     registry.example:5000/a, true",
    "registry.example:5000,     registry.example/a,      false",
    "REGISTRY.example,          registry.example/a,      true",
    "*.example,                 a.b.example/a,           true",
    "*.example,                 example.com/a,           false",
    "*,                         any.example/a/b,         true",
    "registry.example/team/*,   registry.example/team/a, true",
    "registry.example/team/*,   registry.example/team/a/b, false",
    "registry.example/team/*,   registry.example/teams/a, false",
    "registry.example/team/**,  registry.example/team/a/b, true",
    "registry.example/*/app,    registry.example/team/app, true",
    "docker.io/library/*,       debian,                  true",
    "docker.io/library/*,       other/debian,            false",
    "[::1]:5000,                [::1]:5000/a,            true",
  })
  void pattern_fitsWhatItSays(String pattern, String reference, boolean fits) {
    RegistryPolicy policy = policy().deny(pattern).build();

    if (fits) {
      assertRefuses(policy, reference, pattern);
    } else {
      assertAllows(policy, reference);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "https://registry.example", "a b", "registry.example:x"})
  void badPattern_isRefused(String pattern) {
    assertThatThrownBy(() -> policy().allow(pattern))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("not a pattern of registries");
  }

  @Test
  void deniedNetwork_isRefusedByAddress() {
    RegistryPolicy policy = policy().denyNetwork("127.0.0.0/8").build();

    assertThatThrownBy(() -> policy.checkHost("127.3.4.5:5000", "127.3.4.5"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("it is at 127.3.4.5")
        .hasMessageContaining("denies 127.0.0.0/8");
    assertThatCode(() -> policy.checkHost("128.0.0.1", "128.0.0.1")).doesNotThrowAnyException();
    assertThatCode(() -> policy.checkHost("[::1]", "[::1]")).doesNotThrowAnyException();
  }

  @Test
  void allowedNetworks_refuseAllOthers() {
    RegistryPolicy policy = policy().allowNetwork("10.128.0.0/9").allowNetwork("fd00::/8").build();

    assertThatCode(() -> policy.checkHost("10.200.0.1", "10.200.0.1")).doesNotThrowAnyException();
    assertThatCode(() -> policy.checkHost("[fd12::1]", "[fd12::1]")).doesNotThrowAnyException();
    assertThatThrownBy(() -> policy.checkHost("10.127.0.1", "10.127.0.1"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("allows only [10.128.0.0/9, fd00::/8]");
  }

  @Test
  void hostWithoutAddress_isRefusedWhereNetworksCount() {
    assertThatThrownBy(
            () ->
                policy()
                    .allowNetwork("0.0.0.0/0")
                    .build()
                    .checkHost("nowhere.invalid", "nowhere.invalid"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("its address cannot be found");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"10.0.0.0", "10.0.0.0/33", "10.0.0/8", "registry.example/8", "fd00::/129", "1/8"})
  void badNetwork_isRefused(String cidr) {
    assertThatThrownBy(() -> policy().allowNetwork(cidr))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("not a network: '" + cidr + "'");
  }
}

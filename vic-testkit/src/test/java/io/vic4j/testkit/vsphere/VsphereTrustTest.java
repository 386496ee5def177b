package io.vic4j.testkit.vsphere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.UnauthorizedException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VcSim;
import io.vic4j.core.vsphere.ServerTrust;
import io.vic4j.core.vsphere.Vsphere;
import io.vic4j.core.vsphere.VsphereSettings;
import io.vic4j.core.vsphere.VsphereSettings.Credentials;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which certificates a connection takes, and what it says of those that it does not. */
final class VsphereTrustTest {
  private static VcSim sim;

  @BeforeAll
  static void start() {
    sim = VcSim.start("-hosts", "0");
  }

  @AfterAll
  static void stop() {
    sim.close();
  }

  @BeforeEach
  void forgetCalls() {
    sim.resetCalls();
  }

  /** Where the simulator is, by another name of this machine. */
  private static String at(String host) {
    return sim.url().toString().replace(sim.url().getHost(), host);
  }

  private static VsphereSettings.Builder settings(String url, ServerTrust trust) {
    return VsphereSettings.builder(url, new Credentials(sim.user(), sim.password())).trust(trust);
  }

  private static void assertOpens(String url, ServerTrust trust) {
    try (Vsphere vsphere = Vsphere.open(settings(url, trust).build())) {
      assertThat(vsphere.hypervisor().list("default")).isEmpty();
    }
  }

  private static void assertRefused(String url, ServerTrust trust, String... messages) {
    VsphereSettings settings = settings(url, trust).build();
    assertThatThrownBy(() -> Vsphere.open(settings))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContainingAll(messages)
        .hasMessageContainingAll(
            "the certificate of ", "ServerTrust.authorities", "ServerTrust.thumbprint");
    assertThat(sim.calls()).as("nothing is said to a stranger").isEmpty();
  }

  @Test
  void authority_isTrusted() {
    assertOpens(at("localhost"), ServerTrust.authorities(sim.caPem()));
  }

  @Test
  void authority_isTrustedForTheNamesOfTheCertificateOnly() throws Exception {
    try (Relay relay = new Relay(sim.url(), "127.0.0.2")) {
      assertRefused(relay.url(), ServerTrust.authorities(sim.caPem()), "127.0.0.2");
    }
  }

  @Test
  void thumbprint_isTrusted_howeverItIsWritten_andUnderAnyName() throws Exception {
    String colons = sim.thumbprint().toUpperCase(Locale.ROOT).replaceAll("(..)(?=.)", "$1:");
    assertOpens(at("127.0.0.1"), ServerTrust.thumbprint(colons));
    try (Relay relay = new Relay(sim.url(), "127.0.0.2")) {
      assertOpens(relay.url(), ServerTrust.thumbprint(sim.thumbprint()));
    }
  }

  @Test
  void portWhereNobodyAnswers_isUnavailable_andSaysSo() throws Exception {
    String url;
    try (Relay relay = new Relay(sim.url(), "127.0.0.1")) {
      url = relay.url();
    }
    VsphereSettings settings = settings(url, ServerTrust.runtime()).build();
    assertThatThrownBy(() -> Vsphere.open(settings))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContainingAll("cannot connect to 127.0.0.1:", "nothing answers there");
  }

  @Test
  void otherThumbprint_isRefused_andBothAreSaid() {
    String found = sim.thumbprint().toUpperCase(Locale.ROOT).replaceAll("(..)(?=.)", "$1:");
    assertRefused(
        at("localhost"), ServerTrust.thumbprint("ab".repeat(32)), found, "AB:AB:AB", "thumbprint");
  }

  @Test
  void runtimesTrust_doesNotTakeAnAuthorityThatItDoesNotKnow() {
    assertRefused(at("localhost"), ServerTrust.runtime(), "localhost");
  }

  @Test
  void textThatIsNoThumbprintOrCertificate_isRefusedAtOnce() {
    assertThatThrownBy(() -> ServerTrust.thumbprint("abcd"))
        .isInstanceOf(InvalidArgumentException.class);
    assertThatThrownBy(() -> ServerTrust.authorities("no certificate"))
        .isInstanceOf(InvalidArgumentException.class);
  }

  @Test
  void wrongPassword_isUnauthorized_andNotRepeated() {
    VsphereSettings settings =
        VsphereSettings.builder(at("localhost"), new Credentials(sim.user(), "s3cret-guess"))
            .trust(ServerTrust.authorities(sim.caPem()))
            .build();
    assertThatThrownBy(() -> Vsphere.open(settings))
        .isInstanceOf(UnauthorizedException.class)
        .hasMessageContaining(sim.user())
        .hasMessageNotContaining("s3cret-guess");
  }
}

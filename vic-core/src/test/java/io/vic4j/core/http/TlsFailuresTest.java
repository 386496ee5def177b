package io.vic4j.core.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.cert.CertificateException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

final class TlsFailuresTest {
  private static String message(SSLException failure) {
    return TlsFailures.message("host:443", failure, "; trust it", "; leave TLS out");
  }

  @Test
  void aFailedHandshake_isFinal_andSaysSo() {
    SSLException failure = new SSLHandshakeException("no cipher suites in common");
    assertThat(TlsFailures.isFinal(failure)).isTrue();
    assertThat(message(failure))
        .isEqualTo(
            "host:443 and this client found no common TLS: no cipher suites in common"
                + "; leave TLS out");
  }

  @Test
  void aCertificateThatIsNotTrusted_isNamed() {
    SSLException failure = new SSLHandshakeException("PKIX path building failed");
    failure.initCause(new RuntimeException(new CertificateException("it is old")));
    assertThat(message(failure))
        .isEqualTo("the certificate of host:443 is not trusted: it is old; trust it");
  }

  @Test
  void anAnswerWithoutTls_isFinal() {
    assertThat(TlsFailures.isFinal(new SSLException("Unsupported or unrecognized SSL message")))
        .isTrue();
    assertThat(TlsFailures.isFinal(new SSLException("Unrecognized SSL message, plaintext?")))
        .isTrue();
  }

  @Test
  void aConnectionThatBreaks_mayBeTriedAgain() {
    assertThat(TlsFailures.isFinal(new SSLException("closing inbound before receiving close")))
        .isFalse();
    assertThat(TlsFailures.isFinal(new SSLException((String) null))).isFalse();
  }
}

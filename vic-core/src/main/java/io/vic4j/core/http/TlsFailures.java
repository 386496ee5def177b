package io.vic4j.core.http;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/** What failures of TLS mean. */
public final class TlsFailures {
  private TlsFailures() {}

  /**
   * Whether TLS did not come about at all; a broken TLS connection may be tried again. The JDK
   * tells an answer without TLS by the words "Unrecognized" or "Unsupported or unrecognized SSL
   * message".
   */
  public static boolean isFinal(SSLException failure) {
    return failure instanceof SSLHandshakeException
        || String.valueOf(failure.getMessage()).contains("ecognized SSL message");
  }

  /**
   * Why TLS did not come about.
   *
   * @param host with whom
   * @param ifUntrusted what is added where the certificate is not trusted
   * @param otherwise what is added where it is something else
   */
  public static String message(
      String host, SSLException failure, String ifUntrusted, String otherwise) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof CertificateException
          || t instanceof CertPathValidatorException
          || t instanceof CertPathBuilderException) {
        return "the certificate of " + host + " is not trusted: " + t.getMessage() + ifUntrusted;
      }
    }
    return host + " and this client found no common TLS: " + failure.getMessage() + otherwise;
  }
}

package io.vic4j.core.http;

import io.vic4j.core.InvalidArgumentException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Trusts the one server whose own certificate has a given digest. Names, dates and authorities do
 * not count: the certificate itself was told from a trusted side.
 */
public final class PinnedTrust extends X509ExtendedTrustManager {
  private final String algorithm;
  private final byte[] digest;

  private PinnedTrust(String algorithm, byte[] digest) {
    this.algorithm = algorithm;
    this.digest = digest;
  }

  /**
   * A TLS context that trusts that server only.
   *
   * @param algorithm how the digest is made: {@code SHA-256} or, where a server tells no other,
   *     {@code SHA-1}
   * @param digest of the certificate in DER, as hexadecimal digits, colons between them or not
   * @throws InvalidArgumentException if it is no such digest
   */
  public static SSLContext context(String algorithm, String digest) {
    try {
      byte[] bytes = bytes(digest);
      if (bytes == null || bytes.length != MessageDigest.getInstance(algorithm).getDigestLength()) {
        throw new InvalidArgumentException(
            "'" + digest + "' is no " + algorithm + " thumbprint of a certificate");
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new PinnedTrust(algorithm, bytes)}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime cannot set up TLS", e);
    }
  }

  private static byte @Nullable [] bytes(String digest) {
    try {
      return HexFormat.of().parseHex(digest.replace(":", "").strip().toLowerCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private void check(X509Certificate[] chain) throws CertificateException {
    byte[] found;
    try {
      found = MessageDigest.getInstance(algorithm).digest(chain[0].getEncoded());
    } catch (GeneralSecurityException e) {
      throw new CertificateException(e);
    }
    if (!MessageDigest.isEqual(found, digest)) {
      throw new CertificateException(
          "its thumbprint is "
              + HexFormat.ofDelimiter(":").withUpperCase().formatHex(found)
              + ", not "
              + HexFormat.ofDelimiter(":").withUpperCase().formatHex(digest));
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw Trust.onlyServers();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw Trust.onlyServers();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw Trust.onlyServers();
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}

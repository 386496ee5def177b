package io.vic4j.core.http;

import io.vic4j.core.InvalidArgumentException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Trusts what either of two trust managers trusts: the Java runtime's, and one over the caller's
 * certificates. Both are the JDK's own, so names, dates and uses are checked by both.
 */
public final class Trust extends X509ExtendedTrustManager {
  private final X509ExtendedTrustManager runtime;
  private final X509ExtendedTrustManager own;

  private Trust(X509ExtendedTrustManager runtime, X509ExtendedTrustManager own) {
    this.runtime = runtime;
    this.own = own;
  }

  /**
   * A TLS context that trusts these PEM certificates too.
   *
   * @param pems each one or more certificates, as text
   * @throws InvalidArgumentException if one of them is no certificate
   */
  public static SSLContext contextTrusting(List<String> pems) {
    return contextTrusting(pems, null);
  }

  /**
   * A TLS context that trusts these PEM certificates too, and shows certificates of its own.
   *
   * @param pems each one or more certificates, as text; none for those of the Java runtime only
   * @param keys what to show to servers that ask; null for nothing
   * @throws InvalidArgumentException if one of them is no certificate
   */
  public static SSLContext contextTrusting(List<String> pems, @Nullable ClientKeys keys) {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int count = 0;
      for (String pem : pems) {
        for (Certificate certificate : certificates(pem)) {
          store.setCertificateEntry("trusted-" + count++, certificate);
        }
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          keys == null ? null : new KeyManager[] {keys},
          new TrustManager[] {new Trust(manager(null), manager(store))},
          null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("this Java runtime cannot set up TLS", e);
    }
  }

  static Collection<? extends Certificate> certificates(String pem) {
    try {
      Collection<? extends Certificate> certificates =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8)));
      if (certificates.isEmpty()) {
        throw new InvalidArgumentException("no certificate in the PEM to trust");
      }
      return certificates;
    } catch (CertificateException e) {
      throw new InvalidArgumentException(
          "cannot read the certificates to trust; want PEM: " + e.getMessage(), e);
    }
  }

  private static X509ExtendedTrustManager manager(@Nullable KeyStore store)
      throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509ExtendedTrustManager x509) {
        return x509;
      }
    }
    throw new GeneralSecurityException("no X.509 trust manager");
  }

  /** One of the checks of a trust manager. */
  private interface Check {
    void by(X509ExtendedTrustManager manager) throws CertificateException;
  }

  private void either(Check check) throws CertificateException {
    try {
      check.by(own);
    } catch (CertificateException notOwn) {
      try {
        check.by(runtime);
      } catch (CertificateException notRuntime) {
        notOwn.addSuppressed(notRuntime);
        throw notOwn;
      }
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    either(manager -> manager.checkServerTrusted(chain, authType, engine));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    either(manager -> manager.checkServerTrusted(chain, authType, socket));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    either(manager -> manager.checkServerTrusted(chain, authType));
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw onlyServers();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw onlyServers();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw onlyServers();
  }

  static CertificateException onlyServers() {
    return new CertificateException("only servers are judged here");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    List<X509Certificate> issuers = new ArrayList<>();
    Stream.of(own, runtime)
        .forEach(manager -> issuers.addAll(List.of(manager.getAcceptedIssuers())));
    return issuers.toArray(X509Certificate[]::new);
  }
}

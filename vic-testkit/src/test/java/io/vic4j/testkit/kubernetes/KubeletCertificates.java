package io.vic4j.testkit.kubernetes;

import io.vic4j.testkit.integration.TestCa;
import io.vic4j.testkit.integration.TestCertificates;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;

/** A CA, a server's certificate for localhost, and those of clients, made once for all tests. */
final class KubeletCertificates {
  private final TestCertificates server;

  private KubeletCertificates(TestCertificates server) {
    this.server = server;
  }

  static KubeletCertificates in(Path folder) throws IOException {
    return new KubeletCertificates(TestCertificates.in(folder));
  }

  Path ca() {
    return server.ca();
  }

  Path certificate() {
    return server.certificate();
  }

  Path key() {
    return server.key();
  }

  /** A client that shows no certificate. */
  SSLContext nobody() throws GeneralSecurityException, IOException {
    return context(ca(), null);
  }

  /**
   * A client with a certificate of this CA.
   *
   * @param subject as openssl writes it
   */
  SSLContext client(String subject) throws GeneralSecurityException, IOException {
    return context(ca(), keys(subject));
  }

  /** A client with a certificate of this CA, which is shown to servers that do not know the CA. */
  SSLContext stranger(Path trusted) throws GeneralSecurityException, IOException {
    X509ExtendedKeyManager own = (X509ExtendedKeyManager) keys("/CN=stranger")[0];
    return context(trusted, new KeyManager[] {new Insistent(own)});
  }

  /** The keys of a client with a certificate of this CA. */
  KeyManager[] keys(String subject) throws GeneralSecurityException, IOException {
    TestCa authority = server.authority();
    String name = Integer.toHexString(subject.hashCode());
    TestCa.Pair known = authority.pair(name);
    return authority.keys(
        Files.exists(known.certificate()) ? known : authority.issue(name, subject, ""));
  }

  /** Trust in this CA. */
  TrustManager[] trust() throws GeneralSecurityException, IOException {
    return server.authority().trust();
  }

  private static SSLContext context(Path trusted, KeyManager[] keys)
      throws GeneralSecurityException, IOException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, TestCa.trust(trusted), null);
    return context;
  }

  /** Shows its certificate whatever CAs the server names. */
  private static final class Insistent extends X509ExtendedKeyManager {
    private final X509ExtendedKeyManager own;

    Insistent(X509ExtendedKeyManager own) {
      this.own = own;
    }

    @Override
    public String chooseEngineClientAlias(String[] types, Principal[] issuers, SSLEngine engine) {
      return own.getClientAliases("RSA", null)[0];
    }

    @Override
    public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
      return own.getClientAliases("RSA", null)[0];
    }

    @Override
    public String[] getClientAliases(String type, Principal[] issuers) {
      return own.getClientAliases(type, null);
    }

    @Override
    public String[] getServerAliases(String type, Principal[] issuers) {
      return own.getServerAliases(type, issuers);
    }

    @Override
    public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
      return own.chooseServerAlias(type, issuers, socket);
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return own.getCertificateChain(alias);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return own.getPrivateKey(alias);
    }
  }
}

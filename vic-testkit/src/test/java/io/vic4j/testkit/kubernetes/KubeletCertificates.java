package io.vic4j.testkit.kubernetes;

import io.vic4j.core.ForeignTool;
import io.vic4j.testkit.integration.TestCertificates;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;

/** A CA, a server's certificate for localhost, and those of clients, made once for all tests. */
final class KubeletCertificates {
  private static final char[] PASSWORD = "changeit".toCharArray();

  private final Path folder;
  private final TestCertificates server;

  private KubeletCertificates(Path folder, TestCertificates server) {
    this.folder = folder;
    this.server = server;
  }

  static KubeletCertificates in(Path folder) throws IOException {
    Files.createDirectories(folder);
    return new KubeletCertificates(folder, TestCertificates.in(folder));
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
    return context(ca(), keys(store(subject)));
  }

  /** A client with a certificate of this CA, which is shown to servers that do not know the CA. */
  SSLContext stranger(Path trusted) throws GeneralSecurityException, IOException {
    X509ExtendedKeyManager own = (X509ExtendedKeyManager) keys(store("/CN=stranger"))[0];
    return context(trusted, new KeyManager[] {new Insistent(own)});
  }

  /** A key and a certificate of a client, as PKCS #12. */
  private Path store(String subject) throws IOException {
    Path store = folder.resolve(Integer.toHexString(subject.hashCode()) + ".p12");
    if (Files.exists(store)) {
      return store;
    }
    ForeignTool openssl = ForeignTool.named("openssl");
    Path key = folder.resolve("client.key");
    Path request = folder.resolve("client.csr");
    Path certificate = folder.resolve("client.pem");
    openssl.check(
        "req", "-newkey", "rsa:2048", "-nodes", "-subj", subject, "-keyout", key, "-out", request);
    openssl.check(
        "x509",
        "-req",
        "-days",
        "2",
        "-in",
        request,
        "-CA",
        ca(),
        "-CAkey",
        folder.resolve("ca.key"),
        "-CAcreateserial",
        "-out",
        certificate);
    openssl.check(
        "pkcs12",
        "-export",
        "-passout",
        "pass:" + new String(PASSWORD),
        "-inkey",
        key,
        "-in",
        certificate,
        "-out",
        store);
    return store;
  }

  /** The keys of a client with a certificate of this CA. */
  KeyManager[] keys(String subject) throws GeneralSecurityException, IOException {
    return keys(store(subject));
  }

  /** Trust in this CA. */
  TrustManager[] trust() throws GeneralSecurityException, IOException {
    return trust(ca());
  }

  private static KeyManager[] keys(Path file) throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD);
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, PASSWORD);
    return keys.getKeyManagers();
  }

  private static SSLContext context(Path trusted, KeyManager[] keys)
      throws GeneralSecurityException, IOException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, trust(trusted), null);
    return context;
  }

  private static TrustManager[] trust(Path trusted) throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (InputStream in = Files.newInputStream(trusted)) {
      store.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    return trust.getTrustManagers();
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

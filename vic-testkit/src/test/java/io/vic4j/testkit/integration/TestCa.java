package io.vic4j.testkit.integration;

import io.vic4j.core.ForeignTool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** A CA of one's own, and what it certifies, made by openssl in files of a folder. */
public final class TestCa {
  private static final char[] PASSWORD = "changeit".toCharArray();

  private final ForeignTool openssl = ForeignTool.named("openssl");
  private final Path folder;
  private final Pair own;

  /**
   * A certificate and its key, in PEM.
   *
   * @param certificate the certificate's file
   * @param key the key's file
   */
  public record Pair(Path certificate, Path key) {}

  /**
   * A new CA.
   *
   * @param folder is made if it is not there
   * @param name what its certificate calls it
   */
  public TestCa(Path folder, String name) throws IOException {
    this.folder = Files.createDirectories(folder);
    this.own = pair("ca");
    openssl.check(
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=" + name,
        "-keyout",
        own.key(),
        "-out",
        own.certificate());
  }

  /** Its certificate. */
  public Path certificate() {
    return own.certificate();
  }

  /** Where what is issued under this name is, or will be. */
  public Pair pair(String name) {
    return new Pair(folder.resolve(name + ".pem"), folder.resolve(name + ".key"));
  }

  /**
   * A new key and a certificate of it.
   *
   * @param name what its files are called
   * @param subject as openssl writes it
   * @param extensions as openssl has them in a file; may be empty
   */
  public Pair issue(String name, String subject, String extensions) throws IOException {
    Pair pair = pair(name);
    Path request = folder.resolve(name + ".csr");
    Path with = Files.writeString(folder.resolve(name + ".ext"), extensions);
    openssl.check(
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        subject,
        "-keyout",
        pair.key(),
        "-out",
        request);
    openssl.check(
        "x509",
        "-req",
        "-days",
        "2",
        "-in",
        request,
        "-CA",
        own.certificate(),
        "-CAkey",
        own.key(),
        "-CAcreateserial",
        "-extfile",
        with,
        "-out",
        pair.certificate());
    return pair;
  }

  /** What shows a certificate. */
  public KeyManager[] keys(Pair pair) throws GeneralSecurityException, IOException {
    Path file = folder.resolve(pair.certificate().getFileName() + ".p12");
    openssl.check(
        "pkcs12",
        "-export",
        "-passout",
        "pass:" + new String(PASSWORD),
        "-inkey",
        pair.key(),
        "-in",
        pair.certificate(),
        "-out",
        file);
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD);
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, PASSWORD);
    return keys.getKeyManagers();
  }

  /** What trusts it, and nobody else. */
  public TrustManager[] trust() throws GeneralSecurityException, IOException {
    return trust(certificate());
  }

  /** What trusts the CA that has this certificate. */
  public static TrustManager[] trust(Path certificate)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (InputStream in = Files.newInputStream(certificate)) {
      store.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    return trust.getTrustManagers();
  }
}

package io.vic4j.testkit.integration;

import io.vic4j.core.ForeignTool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A CA of one's own and a certificate for localhost by it, made by openssl. */
public final class TestCertificates {
  private static final String PASSWORD = "changeit";

  private final Path folder;

  private TestCertificates(Path folder) {
    this.folder = folder;
  }

  /** New certificates, in files of this folder. */
  public static TestCertificates in(Path folder) throws IOException {
    return forName(folder, "localhost");
  }

  /** New certificates for another name than localhost. */
  static TestCertificates forName(Path folder, String name) throws IOException {
    ForeignTool openssl = ForeignTool.named("openssl");
    Path extensions = folder.resolve("server.ext");
    Files.writeString(extensions, "subjectAltName=DNS:" + name + "\n");
    openssl.check(
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=Test CA",
        "-keyout",
        folder.resolve("ca.key"),
        "-out",
        folder.resolve("ca.pem"));
    openssl.check(
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=" + name,
        "-keyout",
        folder.resolve("server.key"),
        "-out",
        folder.resolve("server.csr"));
    openssl.check(
        "x509",
        "-req",
        "-days",
        "2",
        "-in",
        folder.resolve("server.csr"),
        "-CA",
        folder.resolve("ca.pem"),
        "-CAkey",
        folder.resolve("ca.key"),
        "-CAcreateserial",
        "-extfile",
        extensions,
        "-out",
        folder.resolve("server.pem"));
    openssl.check(
        "pkcs12",
        "-export",
        "-passout",
        "pass:" + PASSWORD,
        "-inkey",
        folder.resolve("server.key"),
        "-in",
        folder.resolve("server.pem"),
        "-out",
        folder.resolve("server.p12"));
    return new TestCertificates(folder);
  }

  /** The CA's certificate in PEM. */
  public Path ca() {
    return folder.resolve("ca.pem");
  }

  /** The server's certificate in PEM. */
  public Path certificate() {
    return folder.resolve("server.pem");
  }

  /** The server's key in PEM. */
  public Path key() {
    return folder.resolve("server.key");
  }

  /** A context for a server with this certificate. */
  public SSLContext serverContext() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(folder.resolve("server.p12"))) {
      store.load(in, PASSWORD.toCharArray());
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }
}

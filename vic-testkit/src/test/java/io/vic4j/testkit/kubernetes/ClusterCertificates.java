package io.vic4j.testkit.kubernetes;

import io.vic4j.core.ForeignTool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The CA of a cluster, and what it certifies, made by openssl in files of a folder. */
final class ClusterCertificates {
  private final ForeignTool openssl = ForeignTool.named("openssl");
  private final Path folder;

  /**
   * A certificate and its key, in PEM.
   *
   * @param certificate the certificate's file
   * @param key the key's file
   */
  record Pair(Path certificate, Path key) {}

  /** A new CA. */
  ClusterCertificates(Path folder) throws IOException {
    this.folder = Files.createDirectories(folder);
    openssl.check(
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=cluster-ca",
        "-keyout",
        file("ca.key"),
        "-out",
        ca());
  }

  private Path file(String name) {
    return folder.resolve(name);
  }

  /** The CA's certificate. */
  Path ca() {
    return file("ca.pem");
  }

  /** Trusts the CA, and shows nothing. */
  SSLContext trusting() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (InputStream in = Files.newInputStream(ca())) {
      store.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  /** The certificate of a server at 127.0.0.1 and at these names. */
  Pair server(String name, String... names) throws IOException {
    StringBuilder all = new StringBuilder("IP:127.0.0.1,DNS:localhost");
    for (String other : names) {
      all.append(',').append(other);
    }
    return issue(name, "/CN=" + name, "subjectAltName=" + all + "\nextendedKeyUsage=serverAuth\n");
  }

  /** The certificate of a client: a user, and its group; none if empty. */
  Pair client(String name, String user, String group) throws IOException {
    String subject = (group.isEmpty() ? "" : "/O=" + group) + "/CN=" + user;
    return issue(name, subject, "extendedKeyUsage=clientAuth\n");
  }

  private Pair issue(String name, String subject, String extensions) throws IOException {
    Pair pair = new Pair(file(name + ".pem"), file(name + ".key"));
    Path request = file(name + ".csr");
    Path with = file(name + ".ext");
    Files.writeString(with, extensions);
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
        ca(),
        "-CAkey",
        file("ca.key"),
        "-CAcreateserial",
        "-extfile",
        with,
        "-out",
        pair.certificate());
    return pair;
  }

  /** A key pair that has no certificate: the private key, and the public one. */
  Pair bare(String name) {
    Pair pair = new Pair(file(name + ".pub"), file(name + ".key"));
    openssl.check("genrsa", "-out", pair.key(), "2048");
    openssl.check("rsa", "-in", pair.key(), "-pubout", "-out", pair.certificate());
    return pair;
  }

  /** A kubeconfig for who has this certificate. */
  Path kubeconfig(String name, String server, Pair client) throws IOException {
    return Files.writeString(
        file(name + ".kubeconfig"),
        """
        apiVersion: v1
        kind: Config
        clusters:
        - name: test
          cluster: {server: "%s", certificate-authority: %s}
        users:
        - name: me
          user: {client-certificate: %s, client-key: %s}
        contexts:
        - name: test
          context: {cluster: test, user: me}
        current-context: test
        """
            .formatted(server, ca(), client.certificate(), client.key()));
  }
}

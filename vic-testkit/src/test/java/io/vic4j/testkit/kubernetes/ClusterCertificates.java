package io.vic4j.testkit.kubernetes;

import io.vic4j.core.ForeignTool;
import io.vic4j.testkit.integration.TestCa;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLContext;

/** The CA of a cluster, and what it certifies, in files of a folder. */
final class ClusterCertificates {
  private final Path folder;
  private final TestCa authority;

  /** A new CA. */
  ClusterCertificates(Path folder) throws IOException {
    this.folder = folder;
    this.authority = new TestCa(folder, "cluster-ca");
  }

  private Path file(String name) {
    return folder.resolve(name);
  }

  /** The CA's certificate. */
  Path ca() {
    return authority.certificate();
  }

  /** Trusts the CA, and shows nothing. */
  SSLContext trusting() throws GeneralSecurityException, IOException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, authority.trust(), null);
    return context;
  }

  /** The certificate of a server at 127.0.0.1 and at localhost. */
  TestCa.Pair server(String name) throws IOException {
    return authority.issue(
        name,
        "/CN=" + name,
        "subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\n");
  }

  /** The certificate of a client: a user, and its group; none if empty. */
  TestCa.Pair client(String name, String user, String group) throws IOException {
    String subject = (group.isEmpty() ? "" : "/O=" + group) + "/CN=" + user;
    return authority.issue(name, subject, "extendedKeyUsage=clientAuth\n");
  }

  /** A key pair that has no certificate: the private key, and the public one. */
  TestCa.Pair bare(String name) {
    ForeignTool openssl = ForeignTool.named("openssl");
    TestCa.Pair pair = new TestCa.Pair(file(name + ".pub"), file(name + ".key"));
    openssl.check("genrsa", "-out", pair.key(), "2048");
    openssl.check("rsa", "-in", pair.key(), "-pubout", "-out", pair.certificate());
    return pair;
  }

  /** A kubeconfig for who has this certificate. */
  Path kubeconfig(String name, String server, TestCa.Pair client) throws IOException {
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

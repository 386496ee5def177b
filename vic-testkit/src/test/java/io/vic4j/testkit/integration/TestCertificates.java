package io.vic4j.testkit.integration;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLContext;

/** A CA of one's own and a certificate for localhost by it. */
public final class TestCertificates {
  private final TestCa authority;
  private final TestCa.Pair server;

  private TestCertificates(TestCa authority, TestCa.Pair server) {
    this.authority = authority;
    this.server = server;
  }

  /** New certificates, in files of this folder. */
  public static TestCertificates in(Path folder) throws IOException {
    return forName(folder, "localhost");
  }

  /** New certificates for another name than localhost. */
  static TestCertificates forName(Path folder, String name) throws IOException {
    TestCa authority = new TestCa(folder, "Test CA");
    return new TestCertificates(
        authority, authority.issue("server", "/CN=" + name, "subjectAltName=DNS:" + name + "\n"));
  }

  /** Who certifies. */
  public TestCa authority() {
    return authority;
  }

  /** The CA's certificate in PEM. */
  public Path ca() {
    return authority.certificate();
  }

  /** The server's certificate in PEM. */
  public Path certificate() {
    return server.certificate();
  }

  /** The server's key in PEM. */
  public Path key() {
    return server.key();
  }

  /** A context for a server with this certificate. */
  public SSLContext serverContext() throws GeneralSecurityException, IOException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(authority.keys(server), null, null);
    return context;
  }
}

package io.vic4j.testkit.kubernetes;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.InvalidArgumentException;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates that are replaced while a server runs. */
final class KubeletRotationTest {
  @TempDir private Path folder;

  private static void replace(Path file, Path by) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".next");
    Files.copy(by, next, REPLACE_EXISTING);
    Files.move(next, file, REPLACE_EXISTING);
  }

  private static int get(KubeletNode node, SSLContext client) throws Exception {
    return KubeletNode.send(client, HttpRequest.newBuilder(node.uri("/healthz"))).statusCode();
  }

  @Test
  void connectionsHaveTheCertificatesThatAreThereWhenTheyBegin() throws Exception {
    KubeletCertificates old = KubeletCertificates.in(folder.resolve("old"));
    KubeletCertificates other = KubeletCertificates.in(folder.resolve("other"));
    Path certificate = Files.copy(old.certificate(), folder.resolve("tls.crt"));
    Path key = Files.copy(old.key(), folder.resolve("tls.key"));
    Path ca = Files.copy(old.ca(), folder.resolve("ca.crt"));
    SSLContext oldMaster = old.client(KubeletNode.MASTER);
    SSLContext newMaster = other.client(KubeletNode.MASTER);
    SSLContext newStranger = other.stranger(old.ca()); // Trusts the server's old certificate.
    try (KubeletNode node =
        KubeletNode.start(it -> it.certificate(certificate, key).clientCa(ca))) {
      assertThat(get(node, oldMaster)).isEqualTo(200);
      assertThatThrownBy(() -> get(node, newStranger)).isInstanceOf(IOException.class);

      replace(ca, other.ca());
      assertThat(get(node, newStranger)).as("known now, but not allowed").isEqualTo(403);
      assertThatThrownBy(() -> get(node, oldMaster)).isInstanceOf(IOException.class);

      replace(certificate, other.certificate());
      assertThat(get(node, newStranger)).as("the key is still the old one").isEqualTo(403);
      Files.delete(key);
      assertThat(get(node, newStranger)).as("there is no key").isEqualTo(403);
      Files.writeString(key, "no key");
      assertThat(get(node, newStranger)).as("there is no such key").isEqualTo(403);

      replace(key, other.key());
      assertThat(get(node, newMaster)).isEqualTo(200);
      assertThatThrownBy(() -> get(node, newStranger)).isInstanceOf(SSLException.class);
    }
  }

  @Test
  void aKeyOfAnotherCertificate_isRefusedAtOnce() throws Exception {
    KubeletCertificates one = KubeletCertificates.in(folder.resolve("one"));
    KubeletCertificates other = KubeletCertificates.in(folder.resolve("other"));
    assertThatThrownBy(
            () -> KubeletNode.start(it -> it.certificate(one.certificate(), other.key())).close())
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("not that of its certificate");
  }
}

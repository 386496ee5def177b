package io.vic4j.testkit.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.Digest;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.ImageReference;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnauthorizedException;
import io.vic4j.core.UnavailableException;
import io.vic4j.image.Descriptor;
import io.vic4j.image.ImageSource;
import io.vic4j.image.registry.CredentialSource;
import io.vic4j.image.registry.Credentials;
import io.vic4j.image.registry.ProxyRules;
import io.vic4j.image.registry.RegistryClient;
import io.vic4j.testkit.EmbeddedRegistry;
import io.vic4j.testkit.TestImage;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The registry client against a registry that others wrote, filled by a tool that others wrote. */
class DockerRegistryTest {
  private static final TestImage IMAGE =
      TestImage.builder()
          .layer(layer -> layer.directory("etc").file("etc/motd", "hello"))
          .layer(layer -> layer.file("data", random(3 << 20)))
          .entrypoint("/bin/app")
          .build();

  @TempDir Path folder;

  private static byte[] random(int size) {
    byte[] content = new byte[size];
    new Random(7).nextBytes(content);
    return content;
  }

  private ImageReference push(DockerRegistry registry, TestImage image) {
    Path layout = folder.resolve("layout");
    image.writeLayout(layout, "1");
    return registry.push("oci:" + layout + ":1", "lib/app:1");
  }

  private static void assertDelivers(ImageSource source, TestImage image) throws IOException {
    assertThat(source.manifest().content()).isEqualTo(image.manifest());
    for (Descriptor layer : image.layerDescriptors()) {
      try (InputStream in = source.blob(layer)) {
        assertThat(Digest.sha256(in.readAllBytes())).isEqualTo(layer.digest());
      }
    }
  }

  @Test
  void imagePushedBySkopeo_isDeliveredByteForByte() throws IOException {
    try (DockerRegistry registry = DockerRegistry.start(folder);
        RegistryClient client = RegistryClient.builder().build()) {
      assertDelivers(client.open(push(registry, IMAGE)), IMAGE);
    }
  }

  @Test
  void whatIsNotThere_isNotFound() throws IOException {
    try (DockerRegistry registry = DockerRegistry.start(folder);
        RegistryClient client = RegistryClient.builder().build()) {
      ImageReference reference = push(registry, IMAGE);

      assertThatThrownBy(() -> client.open(reference.withTag("2")).manifest())
          .isInstanceOf(NotFoundException.class)
          .hasMessageContaining("MANIFEST_UNKNOWN");
      assertThatThrownBy(
              () -> client.open(reference).blob(new Descriptor("x", Digest.sha256("unknown"), 7)))
          .isInstanceOf(NotFoundException.class)
          .hasMessageContaining("BLOB_UNKNOWN");
    }
  }

  @Test
  void passwordFromDockerConfig_opensTheRegistry() throws IOException {
    try (DockerRegistry registry = DockerRegistry.startWithPassword(folder)) {
      String auth =
          Base64.getEncoder()
              .encodeToString(
                  (DockerRegistry.USER + ":" + DockerRegistry.PASSWORD)
                      .getBytes(StandardCharsets.UTF_8));
      Path config = folder.resolve("config.json");
      Files.writeString(
          config, "{\"auths\":{\"" + registry.address() + "\":{\"auth\":\"" + auth + "\"}}}");
      ImageReference reference = push(registry, IMAGE);

      try (RegistryClient client =
          RegistryClient.builder().credentials(CredentialSource.dockerConfig(config)).build()) {
        assertDelivers(client.open(reference), IMAGE);
      }
    }
  }

  @Test
  void wrongPassword_isUnauthorized() throws IOException {
    try (DockerRegistry registry = DockerRegistry.startWithPassword(folder);
        RegistryClient client =
            RegistryClient.builder()
                .credentials(
                    CredentialSource.of(
                        registry.address(), Credentials.basic(DockerRegistry.USER, "sesame")))
                .build()) {
      ImageReference reference = push(registry, IMAGE);

      assertThatThrownBy(() -> client.open(reference).manifest())
          .isInstanceOf(UnauthorizedException.class)
          .hasMessageContaining("as user 'ali'");
    }
  }

  @Test
  void ownCa_isTrustedWhereItIsGiven() throws IOException {
    TestCertificates certificates = TestCertificates.in(folder);
    try (DockerRegistry registry = DockerRegistry.startWithTls(folder, certificates);
        RegistryClient client =
            RegistryClient.builder().https(registry.address()).trust(certificates.ca()).build()) {
      assertDelivers(client.open(push(registry, IMAGE)), IMAGE);
    }
  }

  @Test
  void ownCa_isNotTrustedWhereItIsNotGiven() throws IOException, GeneralSecurityException {
    TestCertificates certificates = TestCertificates.in(folder);
    try (EmbeddedRegistry registry =
            EmbeddedRegistry.builder().tls(certificates.serverContext()).start();
        RegistryClient client = RegistryClient.builder().https(registry.address()).build()) {
      ImageReference reference = registry.add("app:1", IMAGE);

      assertThatThrownBy(() -> client.open(reference).manifest())
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("the certificate of " + registry.address() + " is not trusted")
          .hasMessageContaining("RegistryClient.Builder.trust");
    }
  }

  @Test
  void certificateForAnotherName_isNotTrusted() throws IOException, GeneralSecurityException {
    TestCertificates certificates = TestCertificates.forName(folder, "registry.test");
    try (EmbeddedRegistry registry =
            EmbeddedRegistry.builder().tls(certificates.serverContext()).start();
        RegistryClient client =
            RegistryClient.builder().https(registry.address()).trust(certificates.ca()).build()) {
      ImageReference reference = registry.add("app:1", IMAGE);

      assertThatThrownBy(() -> client.open(reference).manifest())
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("not trusted");
    }
  }

  @Test
  void embeddedRegistryWithTls_isReadWithItsCa() throws IOException, GeneralSecurityException {
    TestCertificates certificates = TestCertificates.in(folder);
    try (EmbeddedRegistry registry =
            EmbeddedRegistry.builder().tls(certificates.serverContext()).start();
        RegistryClient client =
            RegistryClient.builder().https(registry.address()).trust(certificates.ca()).build()) {
      assertDelivers(client.open(registry.add("app:1", IMAGE)), IMAGE);
    }
  }

  @Test
  void clientCertificate_opensTheRegistry() throws IOException {
    TestCertificates certificates = TestCertificates.in(folder);
    try (DockerRegistry registry =
        DockerRegistry.startWithClientCertificates(folder, certificates)) {
      RegistryClient.Builder builder =
          RegistryClient.builder().https(registry.address()).trust(certificates.ca());
      ImageReference reference = registry.reference("lib/app:1");
      try (RegistryClient client = builder.build()) {
        assertThatThrownBy(() -> client.open(reference).manifest())
            .isInstanceOf(UnavailableException.class);
      }
      builder.clientCertificate(registry.address(), certificates.certificate(), certificates.key());
      try (RegistryClient client = builder.build()) {
        assertThatThrownBy(() -> client.open(reference).manifest())
            .isInstanceOf(NotFoundException.class);
      }
    }
  }

  @Test
  void proxy_leadsToWhatOnlyItKnows() throws IOException, GeneralSecurityException {
    TestCertificates certificates = TestCertificates.forName(folder, "registry.test");
    try (EmbeddedRegistry registry =
            EmbeddedRegistry.builder().tls(certificates.serverContext()).start();
        TunnelProxy proxy = TunnelProxy.to(registry.address());
        RegistryClient client =
            RegistryClient.builder()
                .trust(certificates.ca())
                .proxy(ProxyRules.from(Map.of("HTTPS_PROXY", proxy.address())))
                .build()) {
      registry.add("lib/app:1", IMAGE);

      assertDelivers(client.open(ImageReference.parse("registry.test/lib/app:1")), IMAGE);

      assertThat(proxy.asked()).contains("registry.test:443");
    }
  }

  @Test
  void proxyWithoutTls_isToldThePasswordItWants() throws IOException {
    try (EmbeddedRegistry registry = EmbeddedRegistry.start();
        ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      registry.add("lib/app:1", IMAGE);
      CompletableFuture<String> asked = new CompletableFuture<>();
      Thread proxy =
          new Thread(
              () -> {
                try (Socket caller = door.accept()) {
                  StringBuilder head = new StringBuilder();
                  while (head.indexOf("\r\n\r\n") < 0) {
                    head.append((char) caller.getInputStream().read());
                  }
                  asked.complete(head.toString());
                  caller
                      .getOutputStream()
                      .write(
                          "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
                              .getBytes(StandardCharsets.US_ASCII));
                } catch (IOException e) {
                  asked.completeExceptionally(e);
                }
              });
      proxy.start();
      String address = "http://anna:secret@127.0.0.1:" + door.getLocalPort();
      try (RegistryClient client =
          RegistryClient.builder()
              .plainHttp("registry.test")
              .proxy(ProxyRules.from(Map.of("HTTP_PROXY", address)))
              .build()) {
        assertThatThrownBy(
                () -> client.open(ImageReference.parse("registry.test/lib/app:1")).manifest())
            .isInstanceOf(NotFoundException.class);
      }
      assertThat(asked.join())
          .startsWith("GET http://registry.test/v2/lib/app/manifests/1 ")
          .contains("Proxy-Authorization: Basic YW5uYTpzZWNyZXQ=");
    }
  }

  @Test
  void plainRegistryAskedByHttps_saysWhatToDo() throws IOException {
    try (DockerRegistry registry = DockerRegistry.start(folder);
        RegistryClient client = RegistryClient.builder().https(registry.address()).build()) {
      assertThatThrownBy(() -> client.open(registry.reference("app")).manifest())
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("RegistryClient.Builder.plainHttp");
    }
  }

  @Test
  void skopeo_pushesToTheEmbeddedRegistryAndPullsFromIt() throws IOException {
    Path layout = folder.resolve("layout");
    IMAGE.writeLayout(layout, "1");
    ForeignTool skopeo = ForeignTool.named("skopeo");
    try (EmbeddedRegistry registry = EmbeddedRegistry.start();
        RegistryClient client = RegistryClient.builder().build()) {
      ImageReference reference = registry.reference("lib/app:1");
      skopeo.check(
          "--insecure-policy",
          "copy",
          "--dest-tls-verify=false",
          "oci:" + layout + ":1",
          "docker://" + reference);

      assertDelivers(client.open(reference), IMAGE);
      Path copy = folder.resolve("copy");
      skopeo.check(
          "--insecure-policy",
          "copy",
          "--src-tls-verify=false",
          "docker://" + reference,
          "oci:" + copy + ":1");
      assertThat(copy.resolve("blobs/sha256/" + IMAGE.configDescriptor().digest().hex())).exists();
    }
  }

  @Test
  void skopeo_findsDockerTestImagesWellFormed() throws IOException {
    TestImage docker =
        TestImage.builder()
            .format(TestImage.Format.DOCKER)
            .layer(layer -> layer.file("a", "b"))
            .build();
    try (EmbeddedRegistry registry = EmbeddedRegistry.start()) {
      ImageReference reference = registry.add("app:1", docker);

      String inspected =
          ForeignTool.named("skopeo")
              .check("inspect", "--tls-verify=false", "docker://" + reference)
              .text();

      assertThat(inspected).contains(docker.layerDescriptors().get(0).digest().toString());
    }
  }

  @Test
  void umoci_unpacksTestImages() throws IOException {
    Path layout = folder.resolve("layout");
    IMAGE.writeLayout(layout, "1");
    Path bundle = folder.resolve("bundle");

    ForeignTool.named("umoci").check("unpack", "--rootless", "--image", layout + ":1", bundle);

    assertThat(bundle.resolve("rootfs/etc/motd")).hasContent("hello");
  }
}

package io.vic4j.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.UnsupportedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DockerConfigTest {
  @TempDir Path folder;

  private CredentialSource config(String json) throws IOException {
    return CredentialSource.dockerConfig(
        Files.writeString(folder.resolve("config.json"), json.replace('\'', '"')));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void auth_holdsUserAndPassword() throws IOException {
    CredentialSource source =
        config("{'auths':{'registry.example:5000':{'auth':'" + base64("anna:a:b") + "'}}}");

    assertThat(source.credentials("registry.example:5000"))
        .contains(Credentials.basic("anna", "a:b"));
    assertThat(source.credentials("registry.example")).isEmpty();
  }

  @Test
  void dockerHub_isFoundByItsOldKey() throws IOException {
    CredentialSource source =
        config("{'auths':{'https://index.docker.io/v1/':{'auth':'" + base64("anna:x") + "'}}}");

    assertThat(source.credentials("docker.io")).contains(Credentials.basic("anna", "x"));
  }

  @Test
  void urlAsKey_isItsHost() throws IOException {
    CredentialSource source =
        config("{'auths':{'https://registry.example/v2/':{'username':'anna','password':'x'}}}");

    assertThat(source.credentials("registry.example")).contains(Credentials.basic("anna", "x"));
  }

  @Test
  void identityToken_goesBeforeThePassword() throws IOException {
    CredentialSource source =
        config(
            "{'auths':{'registry.example':{'auth':'"
                + base64("anna:")
                + "','identitytoken':'id'}}}");

    assertThat(source.credentials("registry.example")).contains(Credentials.identityToken("id"));
  }

  @Test
  void missingFile_holdsNone() {
    assertThat(
            CredentialSource.dockerConfig(folder.resolve("none")).credentials("registry.example"))
        .isEmpty();
  }

  @Test
  void registryToken_isReportedByName() throws IOException {
    CredentialSource source = config("{'auths':{'a.example':{'registrytoken':'x'}}}");

    assertThatThrownBy(() -> source.credentials("a.example"))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("registrytoken");
  }

  @Test
  void badContent_isRefusedWithoutQuotingIt() throws IOException {
    for (String bad :
        new String[] {
          "{'auths':{'a.example':{'auth':'s3cr3t s3cr3t'}}}",
          "{'auths':{'a.example':{'auth':'" + base64("s3cr3t") + "'}}}",
          "{'auths':{'a.example':{'auth':s3cr3t",
          "['s3cr3t']"
        }) {
      CredentialSource source = config(bad);

      assertThatThrownBy(() -> source.credentials("a.example"))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageNotContaining("s3cr3t")
          .hasNoCause();
    }
  }

  @Test
  void nextSource_isAskedWhereTheFirstHasNone() {
    CredentialSource source =
        CredentialSource.of("a.example", Credentials.basic("anna", "x"))
            .or(CredentialSource.of("b.example", Credentials.basic("bert", "y")));

    assertThat(source.credentials("b.example")).contains(Credentials.basic("bert", "y"));
    assertThat(source.credentials("c.example")).isEmpty();
  }

  @Test
  void toString_showsNoSecret() {
    assertThat(Credentials.basic("anna", "s3cr3t").toString()).doesNotContain("s3cr3t");
    assertThat(Credentials.identityToken("s3cr3t").toString()).doesNotContain("s3cr3t");
  }
}

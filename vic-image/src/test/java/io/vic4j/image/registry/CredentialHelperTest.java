package io.vic4j.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CancelledException;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnauthorizedException;
import io.vic4j.core.UnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs of the shell as credential helpers. */
class CredentialHelperTest {
  @TempDir Path folder;

  private CredentialHelper helper(String script) throws IOException {
    return new CredentialHelper(program("docker-credential-x", script), Duration.ofSeconds(20));
  }

  private String program(String name, String script) throws IOException {
    Path file = Files.writeString(folder.resolve(name), "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    return file.toString();
  }

  private CredentialSource config(String json) throws IOException {
    Path file = Files.writeString(folder.resolve("config.json"), json.replace('\'', '"'));
    return new DockerConfig(file, name -> folder.resolve(name).toString());
  }

  @Test
  void helper_isAskedByTheProtocol() throws IOException {
    CredentialHelper helper =
        helper("read server; echo '{\"Username\":\"'$1'\",\"Secret\":\"'$server'\"}'");

    assertThat(helper.credentials("registry.example"))
        .contains(Credentials.basic("get", "registry.example"));
  }

  @Test
  void tokenUser_isAnIdentityToken() throws IOException {
    assertThat(helper("echo '{\"Username\":\"<token>\",\"Secret\":\"id\"}'").credentials("a"))
        .contains(Credentials.identityToken("id"));
  }

  @Test
  void helperThatKnowsNothing_leavesItAnonymous() throws IOException {
    assertThat(
            helper("echo credentials not found in native keychain; exit 1")
                .credentials("registry.example"))
        .isEmpty();
  }

  @Test
  void helperThatRefuses_isUnauthorized() throws IOException {
    assertThatThrownBy(() -> helper("echo keychain is locked; exit 1").credentials("a.example"))
        .isInstanceOf(UnauthorizedException.class)
        .hasMessageContaining("gives no credentials for a.example: keychain is locked");
  }

  @Test
  void helperThatDoesNotAnswer_isEndedWithWhatItStarted() throws IOException {
    CredentialHelper slow =
        new CredentialHelper(program("docker-credential-x", "sleep 60"), Duration.ofMillis(300));

    assertThatThrownBy(() -> slow.credentials("a.example"))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("did not answer within 300 ms");
    ProcessHandle.current()
        .descendants()
        .filter(child -> child.info().commandLine().orElse("").endsWith("sleep 60"))
        .forEach(child -> assertThat(child.onExit()).succeedsWithin(Duration.ofSeconds(10)));
  }

  @Test
  void helperThatAnswersWithoutEnd_isEnded() throws IOException {
    assertThatThrownBy(() -> helper("yes").credentials("a.example"))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("more than 65536 bytes");
  }

  @Test
  void answerThatIsNoJson_isNotQuoted() throws IOException {
    assertThatThrownBy(() -> helper("echo s3cr3t").credentials("a.example"))
        .isInstanceOf(UnavailableException.class)
        .hasMessageNotContaining("s3cr3t")
        .hasNoCause();
  }

  @Test
  void missingHelper_isNotFound() {
    assertThatThrownBy(
            () ->
                new CredentialHelper(folder.resolve("none").toString(), Duration.ofSeconds(1))
                    .credentials("a.example"))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("cannot be run");
  }

  @Test
  void interruptedQuestion_isCancelled() throws IOException {
    CredentialHelper helper = helper("sleep 60");
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> helper.credentials("a.example"))
        .isInstanceOf(CancelledException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void helperOfARegistry_isAskedForThatRegistryOnly() throws IOException {
    program("docker-credential-a", "echo '{\"Username\":\"anna\",\"Secret\":\"x\"}'");
    CredentialSource source = config("{'credHelpers':{'a.example':'a'}}");

    assertThat(source.credentials("a.example")).contains(Credentials.basic("anna", "x"));
    assertThat(source.credentials("b.example")).isEmpty();
  }

  @Test
  void store_isAskedForWhatAuthsDoesNotHave() throws IOException {
    program(
        "docker-credential-a",
        "read server; echo '{\"Username\":\"anna\",\"Secret\":\"'$server'\"}'");
    CredentialSource source =
        config("{'auths':{'a.example':{'username':'bert','password':'y'}},'credsStore':'a'}");

    assertThat(source.credentials("a.example")).contains(Credentials.basic("bert", "y"));
    assertThat(source.credentials("b.example")).contains(Credentials.basic("anna", "b.example"));
    assertThat(source.credentials("docker.io"))
        .contains(Credentials.basic("anna", "https://index.docker.io/v1/"));
  }

  @Test
  void helperThatIsAPath_isNotRun() throws IOException {
    CredentialSource source = config("{'credsStore':'../../bin/x'}");

    assertThatThrownBy(() -> source.credentials("a.example"))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("../../bin/x");
  }
}

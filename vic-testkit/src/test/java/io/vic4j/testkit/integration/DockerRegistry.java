package io.vic4j.testkit.integration;

import io.vic4j.core.ForeignTool;
import io.vic4j.core.ImageReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/**
 * A real registry: Debian's {@code docker-registry}, on a free port of this machine, with its files
 * in a folder of the test's. Closing it ends the process; the end of the test's JVM does too.
 */
public final class DockerRegistry implements AutoCloseable {
  /** The user of a registry that wants one. */
  public static final String USER = "ali";

  /** That user's password. */
  public static final String PASSWORD = "open sesame";

  private static final String HTPASSWD =
      USER + ":$2b$05$ix4u9vuLm.7rI9nKJzOYce0Uyf9ifIa2seZUAhOyNSma4aEUtnES.\n";

  private static final Pattern LISTENING = Pattern.compile("listening on 127\\.0\\.0\\.1:(\\d+)");

  private final Process process;
  private final Thread hook;
  private final int port;
  private final boolean tls;

  private DockerRegistry(Process process, Thread hook, int port, boolean tls) {
    this.process = process;
    this.hook = hook;
    this.port = port;
    this.tls = tls;
  }

  /** A registry that anybody may use, by plain HTTP. Skips the test where there is none. */
  public static DockerRegistry start(Path folder) throws IOException {
    return start(folder, "", "");
  }

  /** A registry that wants {@link #USER} and {@link #PASSWORD}. */
  public static DockerRegistry startWithPassword(Path folder) throws IOException {
    Path htpasswd = Files.writeString(folder.resolve("htpasswd"), HTPASSWD);
    return start(folder, "auth:\n  htpasswd:\n    realm: test\n    path: " + htpasswd + "\n", "");
  }

  /** A registry with TLS. */
  public static DockerRegistry startWithTls(Path folder, TestCertificates certificates)
      throws IOException {
    String tls =
        "  tls:\n    certificate: "
            + certificates.certificate()
            + "\n    key: "
            + certificates.key()
            + "\n";
    return start(folder, "", tls);
  }

  /** A registry with TLS that wants a certificate by the same CA from whoever asks. */
  public static DockerRegistry startWithClientCertificates(
      Path folder, TestCertificates certificates) throws IOException {
    String tls =
        "  tls:\n    certificate: "
            + certificates.certificate()
            + "\n    key: "
            + certificates.key()
            + "\n    clientcas:\n      - "
            + certificates.ca()
            + "\n";
    return start(folder, "", tls);
  }

  /** A registry that believes the tokens of this server. */
  static DockerRegistry startWithTokens(
      Path folder, TokenServer tokens, TestCertificates certificates) throws IOException {
    String auth =
        "auth:\n  token:\n    realm: "
            + tokens.realm()
            + "\n    service: "
            + TokenServer.SERVICE
            + "\n    issuer: "
            + TokenServer.ISSUER
            + "\n    rootcertbundle: "
            + certificates.ca()
            + "\n";
    return start(folder, auth, "");
  }

  private static DockerRegistry start(Path folder, String sections, String http)
      throws IOException {
    ForeignTool program = ForeignTool.named("docker-registry");
    Path config = folder.resolve("registry.yml");
    Files.writeString(
        config,
        """
        version: 0.1
        log:
          level: info
          accesslog:
            disabled: true
        storage:
          filesystem:
            rootdirectory: %s
        %shttp:
          addr: 127.0.0.1:0
          secret: test
        %s\
        """
            .formatted(folder.resolve("registry"), sections, http));
    Path log = folder.resolve("registry.log");
    ProcessBuilder builder =
        new ProcessBuilder(program.program().toString(), "serve", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    // It would send traces otherwise, where the environment says so.
    builder.environment().keySet().removeIf(name -> name.startsWith("OTEL_"));
    Process process = builder.start();
    Thread hook = new Thread(process::destroyForcibly, "docker-registry-end");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      int port =
          Awaitility.await("the start of docker-registry, see " + log)
              .atMost(Duration.ofSeconds(30))
              .pollInterval(Duration.ofMillis(20))
              .until(() -> port(process, log), found -> found > 0);
      return new DockerRegistry(process, hook, port, !http.isEmpty());
    } catch (RuntimeException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  private static int port(Process process, Path log) throws IOException {
    String text = Files.readString(log);
    if (!process.isAlive()) {
      throw new AssertionError("docker-registry ended by itself:\n" + text);
    }
    Matcher listening = LISTENING.matcher(text);
    return listening.find() ? Integer.parseInt(listening.group(1)) : 0;
  }

  /** Host and port, as references begin. */
  public String address() {
    return (tls ? "localhost:" : "127.0.0.1:") + port;
  }

  /** The reference of something in this registry, such as {@code lib/app:1}. */
  public ImageReference reference(String nameAndTag) {
    return ImageReference.parse(address() + "/" + nameAndTag);
  }

  /**
   * Copies an image in with skopeo, from any of skopeo's transports, such as {@code oci:DIR:TAG}.
   */
  public ImageReference push(String source, String nameAndTag) {
    ImageReference reference = reference(nameAndTag);
    ForeignTool.named("skopeo")
        .check(
            "--insecure-policy",
            "copy",
            "--quiet",
            "--all",
            "--dest-tls-verify=false",
            "--dest-creds",
            USER + ":" + PASSWORD,
            source,
            "docker://" + reference);
    return reference;
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().removeShutdownHook(hook);
  }
}

package io.vic4j.image.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.UnsupportedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * The credentials in a Docker {@code config.json}.
 *
 * <p>Source: docker/cli, {@code cli/config/configfile} and {@code cli/config/types}. Keys of {@code
 * auths} may be bare hosts or URLs; Docker Hub's is {@value #DOCKER_HUB_KEY}. A helper in {@code
 * credHelpers} has the only say about its registry; {@code credsStore} has it about those that
 * {@code auths} says nothing of.
 */
final class DockerConfig implements CredentialSource {
  static final String DOCKER_HUB_KEY = "https://index.docker.io/v1/";

  private static final String PREFIX = "docker-credential-";
  private static final Pattern HELPER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

  /** Some helpers ask a cloud's server, and some a person's desktop. */
  private static final Duration HELPER_TIMEOUT = Duration.ofSeconds(30);

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final UnaryOperator<String> programs;

  DockerConfig(Path file) {
    this(file, UnaryOperator.identity());
  }

  /**
   * A config whose helpers are elsewhere.
   *
   * @param programs makes of a helper's name what to run
   */
  DockerConfig(Path file, UnaryOperator<String> programs) {
    this.file = file;
    this.programs = programs;
  }

  @Override
  public Optional<Credentials> credentials(String registry) {
    JsonNode config = read();
    String key = helperKey(config, registry);
    JsonNode helper = config.path("credHelpers").path(key);
    if (helper.isTextual() && !helper.asText().isEmpty()) {
      return ask(helper.asText(), key);
    }
    for (Map.Entry<String, JsonNode> entry : config.path("auths").properties()) {
      if (host(entry.getKey()).equals(registry)) {
        Optional<Credentials> found = credentials(entry.getKey(), entry.getValue());
        if (found.isPresent()) {
          return found;
        }
      }
    }
    String store = config.path("credsStore").asText("");
    if (!store.isEmpty()) {
      return ask(
          store, registry.equals(ImageReference.DEFAULT_REGISTRY) ? DOCKER_HUB_KEY : registry);
    }
    return Optional.empty();
  }

  private JsonNode read() {
    try {
      JsonNode config = JSON.readTree(Files.readAllBytes(file));
      if (!config.isObject()) {
        throw new InvalidArgumentException(file + " is not a Docker config: not a JSON object");
      }
      return config;
    } catch (NoSuchFileException e) {
      return JSON.createObjectNode();
    } catch (JsonProcessingException e) {
      // Not kept as the cause: the parser's message may quote what stands in the file.
      throw new InvalidArgumentException(
          file + " is not a Docker config: no valid JSON at line " + e.getLocation().getLineNr());
    } catch (IOException e) {
      throw new UnavailableException("cannot read the Docker config " + file + ": " + e, e);
    }
  }

  private static String helperKey(JsonNode config, String registry) {
    for (Map.Entry<String, JsonNode> entry : config.path("credHelpers").properties()) {
      if (host(entry.getKey()).equals(registry)) {
        return entry.getKey();
      }
    }
    return registry;
  }

  private Optional<Credentials> ask(String helper, String server) {
    // Only a name may stand here: as a path it could name any program.
    if (!HELPER.matcher(helper).matches()) {
      throw new InvalidArgumentException(
          file + " names a credential helper that is none: '" + helper + "'");
    }
    return new CredentialHelper(programs.apply(PREFIX + helper), HELPER_TIMEOUT)
        .credentials(server);
  }

  /**
   * The registry that a key of {@code auths} is about: {@code https://host/v1/} is {@code host}.
   */
  private static String host(String key) {
    String host = key.replaceFirst("^https?://", "").replaceFirst("/.*$", "");
    return host.equals("index.docker.io") || host.equals("registry-1.docker.io")
        ? ImageReference.DEFAULT_REGISTRY
        : host;
  }

  private Optional<Credentials> credentials(String key, JsonNode entry) {
    String identityToken = entry.path("identitytoken").asText("");
    if (!identityToken.isEmpty()) {
      return Optional.of(Credentials.identityToken(identityToken));
    }
    if (!entry.path("registrytoken").asText("").isEmpty()) {
      throw new UnsupportedException(
          file + " has a registrytoken for '" + key + "', which is not supported; log in again");
    }
    String auth = entry.path("auth").asText("");
    if (!auth.isEmpty()) {
      return Optional.of(decode(key, auth));
    }
    String username = entry.path("username").asText("");
    return username.isEmpty()
        ? Optional.empty()
        : Optional.of(Credentials.basic(username, entry.path("password").asText("")));
  }

  private Credentials decode(String key, String auth) {
    String decoded;
    try {
      decoded = new String(Base64.getDecoder().decode(auth.strip()), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      // Not kept as the cause: its message quotes characters of the secret.
      throw new InvalidArgumentException(
          file + ": the auth of '" + key + "' is not base64; log in again");
    }
    int colon = decoded.indexOf(':');
    if (colon < 1) {
      throw new InvalidArgumentException(
          file + ": the auth of '" + key + "' does not hold user:password; log in again");
    }
    // Docker pads old entries with zero bytes.
    return Credentials.basic(
        decoded.substring(0, colon), decoded.substring(colon + 1).replaceFirst("\0+$", ""));
  }

  @Override
  public String toString() {
    return "DockerConfig[" + file + "]";
  }
}

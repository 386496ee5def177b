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
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/**
 * The credentials in a Docker {@code config.json}.
 *
 * <p>Source: docker/cli, {@code cli/config/configfile} and {@code cli/config/types}. Keys of {@code
 * auths} may be bare hosts or URLs; Docker Hub's is {@value #DOCKER_HUB_KEY}.
 */
final class DockerConfig implements CredentialSource {
  static final String DOCKER_HUB_KEY = "https://index.docker.io/v1/";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;

  DockerConfig(Path file) {
    this.file = file;
  }

  @Override
  public Optional<Credentials> credentials(String registry) {
    JsonNode config = read();
    JsonNode helper = config.path("credHelpers").path(helperKey(config, registry));
    if (helper.isTextual() && !helper.asText().isEmpty()) {
      throw helperUnsupported(registry, "credHelpers", helper.asText());
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
      throw helperUnsupported(registry, "credsStore", store);
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

  private UnsupportedException helperUnsupported(String registry, String key, String helper) {
    return new UnsupportedException(
        file
            + " leaves the credentials for "
            + registry
            + " to the helper docker-credential-"
            + helper
            + " ("
            + key
            + "), and credential helpers are not run; give the credentials in auths or in code");
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

package io.vic4j.pod.kubernetes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.image.registry.CredentialSource;
import io.vic4j.image.registry.Credentials;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The credentials in a pod's {@code imagePullSecrets}.
 *
 * <p>Source: Kubernetes, "Images", section "Interpretation of config.json": a registry's name may
 * hold {@code *}, which stands for a part of it between dots. Keys that name a repository count for
 * its registry.
 */
final class PullSecrets {
  private static final String CONFIG_TYPE = "kubernetes.io/dockerconfigjson";
  private static final String OLD_TYPE = "kubernetes.io/dockercfg";
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Credentials for registries.
   *
   * @param registry which ones
   */
  private record Entry(Pattern registry, Credentials credentials) {
    @Override
    public String toString() {
      return "Entry[" + registry + "]";
    }
  }

  private final Context context;

  PullSecrets(Context context) {
    this.context = context;
  }

  CredentialSource credentials() {
    List<Entry> entries = new ArrayList<>();
    List<LocalObjectReference> secrets = Given.list(context.spec().getImagePullSecrets());
    for (int i = 0; i < secrets.size(); i++) {
      add(secrets.get(i).getName(), "spec.imagePullSecrets[" + i + "]", entries);
    }
    List<Entry> known = List.copyOf(entries);
    return registry ->
        known.stream()
            .filter(it -> it.registry().matcher(registry).matches())
            .map(Entry::credentials)
            .findFirst();
  }

  private void add(String name, String path, List<Entry> entries) {
    Optional<PodSources.Data> secret = new References(context).data(false, name, false, path);
    if (secret.isEmpty()) {
      return;
    }
    String type = secret.get().type();
    boolean old = type.equals(OLD_TYPE);
    ByteBuffer config = secret.get().binary().get(old ? ".dockercfg" : ".dockerconfigjson");
    if ((!old && !type.equals(CONFIG_TYPE)) || config == null) {
      context
          .problems()
          .invalid(path, "secret '" + name + "' is none of type " + CONFIG_TYPE + ", " + OLD_TYPE);
      return;
    }
    try {
      JsonNode root = JSON.readTree(StandardCharsets.UTF_8.decode(config.duplicate()).toString());
      JsonNode auths = old ? root : root.path("auths");
      for (Map.Entry<String, JsonNode> auth : auths.properties()) {
        context
            .checked(path, () -> credentials(auth.getKey(), auth.getValue()))
            .flatMap(it -> it)
            .ifPresent(it -> entries.add(new Entry(pattern(auth.getKey()), it)));
      }
    } catch (JsonProcessingException e) {
      // What the parser says may quote the secret.
      context.problems().invalid(path, "what is in secret '" + name + "' is no valid JSON");
    }
  }

  private static Pattern pattern(String key) {
    String host = key.replaceFirst("^https?://", "").replaceFirst("/.*$", "");
    String registry =
        host.equals("index.docker.io") || host.equals("registry-1.docker.io")
            ? ImageReference.DEFAULT_REGISTRY
            : host;
    return Pattern.compile(Pattern.quote(registry).replace("*", "\\E[^.:]*\\Q"));
  }

  private static Optional<Credentials> credentials(String key, JsonNode entry) {
    String token = entry.path("identitytoken").asText("");
    if (!token.isEmpty()) {
      return Optional.of(Credentials.identityToken(token));
    }
    String auth = entry.path("auth").asText("");
    String user = entry.path("username").asText("");
    if (!user.isEmpty()) {
      return Optional.of(Credentials.basic(user, entry.path("password").asText("")));
    }
    if (auth.isEmpty()) {
      return Optional.empty();
    }
    String decoded;
    try {
      decoded =
          new String(Base64.getMimeDecoder().decode(auth), StandardCharsets.UTF_8)
              .replaceFirst("\0+$", "");
    } catch (IllegalArgumentException e) {
      // Not kept as the cause: its message quotes characters of the secret.
      throw new InvalidArgumentException("the auth of '" + key + "' is no base64");
    }
    int colon = decoded.indexOf(':');
    if (colon < 1) {
      throw new InvalidArgumentException("the auth of '" + key + "' does not hold user:password");
    }
    return Optional.of(
        Credentials.basic(decoded.substring(0, colon), decoded.substring(colon + 1)));
  }
}

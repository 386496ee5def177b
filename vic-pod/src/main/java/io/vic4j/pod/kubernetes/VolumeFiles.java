package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.ConfigMapVolumeSource;
import io.fabric8.kubernetes.api.model.DownwardAPIVolumeFile;
import io.fabric8.kubernetes.api.model.DownwardAPIVolumeSource;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.ProjectedVolumeSource;
import io.fabric8.kubernetes.api.model.SecretVolumeSource;
import io.fabric8.kubernetes.api.model.ServiceAccountTokenProjection;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import io.vic4j.pod.PodFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The files of volumes that are made of ConfigMaps, Secrets, the pod itself and tokens. */
final class VolumeFiles {
  private static final int DEFAULT_MODE = 0644;
  private static final int MAX_MODE = 0777;

  /** The API server's defaults for tokens. */
  private static final long TOKEN_SECONDS = 3600;

  private static final long MIN_TOKEN_SECONDS = 600;

  private final Context context;
  private final FieldValues fields;

  VolumeFiles(Context context, FieldValues fields) {
    this.context = context;
    this.fields = fields;
  }

  List<PodFile> configMap(ConfigMapVolumeSource source, String path) {
    SortedMap<String, PodFile> files = new TreeMap<>();
    int mode = mode(source.getDefaultMode(), DEFAULT_MODE, path + ".defaultMode");
    data(true, source.getName(), source.getOptional(), source.getItems(), mode, path, files);
    return List.copyOf(files.values());
  }

  List<PodFile> secret(SecretVolumeSource source, String path) {
    SortedMap<String, PodFile> files = new TreeMap<>();
    int mode = mode(source.getDefaultMode(), DEFAULT_MODE, path + ".defaultMode");
    data(false, source.getSecretName(), source.getOptional(), source.getItems(), mode, path, files);
    return List.copyOf(files.values());
  }

  List<PodFile> downward(DownwardAPIVolumeSource source, String path) {
    SortedMap<String, PodFile> files = new TreeMap<>();
    int mode = mode(source.getDefaultMode(), DEFAULT_MODE, path + ".defaultMode");
    items(source.getItems(), mode, path, files);
    return List.copyOf(files.values());
  }

  /** As a kubelet: of two files of one path the later one is there. */
  List<PodFile> projected(ProjectedVolumeSource source, String path) {
    SortedMap<String, PodFile> files = new TreeMap<>();
    int mode = mode(source.getDefaultMode(), DEFAULT_MODE, path + ".defaultMode");
    List<VolumeProjection> sources = Given.list(source.getSources());
    for (int i = 0; i < sources.size(); i++) {
      project(sources.get(i), mode, path + ".sources[" + i + "]", files);
    }
    return List.copyOf(files.values());
  }

  private void project(
      VolumeProjection from, int mode, String path, SortedMap<String, PodFile> files) {
    long sources =
        Stream.of(
                from.getConfigMap(),
                from.getSecret(),
                from.getDownwardAPI(),
                from.getServiceAccountToken(),
                from.getClusterTrustBundle(),
                from.getPodCertificate())
            .filter(Objects::nonNull)
            .count();
    if (sources != 1) {
      context.problems().invalid(path, "want one source, not " + sources);
    } else if (from.getConfigMap() != null) {
      var map = from.getConfigMap();
      data(
          true, map.getName(), map.getOptional(), map.getItems(), mode, path + ".configMap", files);
    } else if (from.getSecret() != null) {
      var secret = from.getSecret();
      data(
          false,
          secret.getName(),
          secret.getOptional(),
          secret.getItems(),
          mode,
          path + ".secret",
          files);
    } else if (from.getDownwardAPI() != null) {
      items(from.getDownwardAPI().getItems(), mode, path + ".downwardAPI", files);
    } else if (from.getServiceAccountToken() != null) {
      token(from.getServiceAccountToken(), mode, path + ".serviceAccountToken", files);
    }
  }

  private void data(
      boolean map,
      @Nullable String name,
      @Nullable Boolean optional,
      @Nullable List<KeyToPath> items,
      int defaultMode,
      String path,
      SortedMap<String, PodFile> files) {
    Optional<PodSources.Data> data = new References(context).data(map, name, optional, path);
    List<KeyToPath> wanted = Given.list(items);
    if (data.isPresent() && wanted.isEmpty()) {
      Map<String, ByteBuffer> all = new TreeMap<>(data.get().binary());
      data.get().text().forEach((key, value) -> all.put(key, bytes(value)));
      all.forEach((key, value) -> put(key, defaultMode, value, path, files));
    }
    for (int i = 0; i < wanted.size(); i++) {
      KeyToPath item = wanted.get(i);
      String at = path + ".items[" + i + "]";
      String key = Given.text(item.getKey(), "");
      int mode = mode(item.getMode(), defaultMode, at + ".mode");
      if (!isPlain(item.getPath(), at + ".path") || data.isEmpty()) {
        continue;
      }
      Optional<ByteBuffer> value =
          Optional.ofNullable(data.get().text().get(key))
              .map(VolumeFiles::bytes)
              .or(() -> Optional.ofNullable(data.get().binary().get(key)));
      if (value.isPresent()) {
        put(item.getPath(), mode, value.get(), at + ".path", files);
      } else if (!Given.isTrue(optional)) {
        String kind = map ? "config" : "secret";
        context.problems().missing(at + ".key", "references non-existent " + kind + " key: " + key);
      }
    }
  }

  private void items(
      @Nullable List<DownwardAPIVolumeFile> items,
      int defaultMode,
      String path,
      SortedMap<String, PodFile> files) {
    List<DownwardAPIVolumeFile> wanted = Given.list(items);
    for (int i = 0; i < wanted.size(); i++) {
      DownwardAPIVolumeFile item = wanted.get(i);
      String at = path + ".items[" + i + "]";
      int mode = mode(item.getMode(), defaultMode, at + ".mode");
      boolean plain = isPlain(item.getPath(), at + ".path");
      if ((item.getFieldRef() == null) == (item.getResourceFieldRef() == null)) {
        context.problems().invalid(at, "want one of fieldRef and resourceFieldRef");
        continue;
      }
      Optional<String> value =
          item.getFieldRef() != null
              ? fields.file(item.getFieldRef(), at + ".fieldRef")
              : fields.resource(
                  item.getResourceFieldRef(), Optional.empty(), at + ".resourceFieldRef");
      if (plain && value.isPresent()) {
        put(item.getPath(), mode, bytes(value.get()), at + ".path", files);
      }
    }
  }

  private void token(
      ServiceAccountTokenProjection given,
      int mode,
      String path,
      SortedMap<String, PodFile> files) {
    long seconds = Given.orElse(given.getExpirationSeconds(), TOKEN_SECONDS);
    if (seconds < MIN_TOKEN_SECONDS || seconds > 1L << 32) {
      context.problems().invalid(path + ".expirationSeconds", "want 600 to 2^32, not " + seconds);
      return;
    }
    if (!isPlain(given.getPath(), path + ".path")) {
      return;
    }
    Optional<String> token =
        context
            .sources()
            .token(
                new PodSources.TokenRequest(
                    context.namespace(),
                    context.serviceAccount(),
                    context.name(),
                    Optional.ofNullable(context.meta().getUid()),
                    Optional.ofNullable(given.getAudience()).filter(it -> !it.isEmpty()),
                    Duration.ofSeconds(seconds)));
    if (token.isEmpty()) {
      context
          .problems()
          .unsupported(
              path,
              "no token can be had here; set automountServiceAccountToken: false, or give sources"
                  + " that have tokens");
    } else {
      put(given.getPath(), mode, bytes(token.get()), path + ".path", files);
    }
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)).asReadOnlyBuffer();
  }

  private void put(
      String name, int mode, ByteBuffer content, String at, SortedMap<String, PodFile> files) {
    boolean within =
        files.keySet().stream()
            .anyMatch(it -> it.startsWith(name + "/") || name.startsWith(it + "/"));
    if (within) {
      context.problems().invalid(at, "'" + name + "' is a file and a folder at once");
    }
    files.put(name, new PodFile(name, mode, Optional.of(content)));
  }

  private boolean isPlain(@Nullable String name, String path) {
    boolean plain =
        name != null
            && !name.isEmpty()
            && !name.startsWith("/")
            && !name.endsWith("/")
            && name.indexOf('\0') < 0
            && Arrays.stream(name.split("/", -1))
                .noneMatch(it -> it.isEmpty() || it.equals(".") || it.equals(".."));
    if (!plain) {
      context.problems().invalid(path, "must be a relative path without '..'");
    }
    return plain;
  }

  private int mode(@Nullable Integer given, int otherwise, String path) {
    int mode = Given.orElse(given, otherwise);
    if (mode < 0 || mode > MAX_MODE) {
      context
          .problems()
          .invalid(path, "must be a number between 0 and 0777 (octal), both inclusive");
      return otherwise;
    }
    return mode;
  }
}

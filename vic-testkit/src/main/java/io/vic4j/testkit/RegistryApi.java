package io.vic4j.testkit;

import io.vic4j.core.Digest;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.image.Bytes;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The registry's side of the OCI distribution specification 1.1: pull, push, tags. Knows neither
 * faults nor sign-in.
 */
final class RegistryApi {
  private static final Pattern PATH =
      Pattern.compile("/v2/(.+)/(manifests|tags|blobs/uploads|blobs)/(.*)");
  private static final Pattern RANGE = Pattern.compile("bytes=([0-9]{1,18})-([0-9]{0,18})");
  private static final String BINARY = "application/octet-stream";

  private final RegistryContent content;
  private final @Nullable String storage;

  /**
   * The registry's side.
   *
   * @param storage the address of the second server, where blobs are to be fetched; null for here
   */
  RegistryApi(RegistryContent content, @Nullable String storage) {
    this.content = content;
    this.storage = storage;
  }

  /** What is asked. */
  record Call(
      String method,
      String path,
      Map<String, String> query,
      String range,
      String contentType,
      Bytes body) {
    String parameter(String name) {
      return query.getOrDefault(name, "");
    }
  }

  RegistryAnswer answer(Call call) {
    if (call.path().equals("/v2/") || call.path().equals("/v2")) {
      return RegistryAnswer.of(200, "application/json", new byte[] {'{', '}'});
    }
    if (call.path().equals("/v2/_catalog")) {
      return isRead(call) ? catalog(call) : notAllowed();
    }
    Matcher path = PATH.matcher(call.path());
    if (!path.matches()) {
      return RegistryAnswer.error(404, "UNSUPPORTED", "no such endpoint");
    }
    try {
      return switch (path.group(2)) {
        case "manifests" -> manifests(call, path.group(1), path.group(3));
        case "tags" -> tags(call, path.group(1));
        case "blobs" -> blobs(call, path.group(1), path.group(3));
        default -> uploads(call, path.group(1), path.group(3));
      };
    } catch (InvalidArgumentException e) {
      return RegistryAnswer.error(400, "DIGEST_INVALID", "provided digest is not valid");
    }
  }

  /** What the second server answers: blobs by their digest alone. */
  RegistryAnswer storageAnswer(Call call) {
    String digest = call.path().substring(call.path().lastIndexOf('/') + 1);
    return content
        .blob(Digest.parse(digest))
        .map(blob -> part(blob, call.range()))
        .orElseGet(() -> RegistryAnswer.error(404, "BLOB_UNKNOWN", "no such object"));
  }

  private RegistryAnswer manifests(Call call, String repository, String label) {
    if (call.method().equals("PUT")) {
      Digest digest =
          content.putManifest(
              repository, label, new RegistryContent.Manifest(call.contentType(), call.body()));
      return RegistryAnswer.of(201)
          .with("Location", "/v2/" + repository + "/manifests/" + digest)
          .with("Docker-Content-Digest", digest.toString());
    }
    if (!isRead(call)) {
      return notAllowed();
    }
    Optional<RegistryContent.Manifest> found = content.manifest(repository, label);
    if (found.isEmpty()) {
      return content.tags(repository).isEmpty()
          ? RegistryAnswer.error(404, "NAME_UNKNOWN", "repository name not known to registry")
          : RegistryAnswer.error(404, "MANIFEST_UNKNOWN", "manifest unknown");
    }
    RegistryContent.Manifest manifest = found.get();
    return RegistryAnswer.of(200, manifest.mediaType(), manifest.content().toArray())
        .with("Docker-Content-Digest", manifest.digest().toString());
  }

  private RegistryAnswer tags(Call call, String repository) {
    if (!isRead(call)) {
      return notAllowed();
    }
    return content
        .tags(repository)
        .map(tags -> page(call, "tags", tags).orElseGet(() -> names("tags", tags)))
        .orElseGet(
            () ->
                RegistryAnswer.error(404, "NAME_UNKNOWN", "repository name not known to registry"));
  }

  private RegistryAnswer catalog(Call call) {
    List<String> repositories = content.repositories();
    return page(call, "repositories", repositories)
        .orElseGet(() -> names("repositories", repositories));
  }

  /**
   * OCI distribution specification 1.1, "Listing Tags": a part of the list, where one is wanted.
   */
  private static Optional<RegistryAnswer> page(Call call, String field, List<String> all) {
    if (!call.parameter("n").matches("[0-9]{1,9}")) {
      return Optional.empty();
    }
    List<String> left =
        all.stream().filter(name -> name.compareTo(call.parameter("last")) > 0).toList();
    int count = Math.min(left.size(), Integer.parseInt(call.parameter("n")));
    RegistryAnswer answer = names(field, left.subList(0, count));
    return Optional.of(
        count == left.size() || count == 0
            ? answer
            : answer.with(
                "Link",
                "<%s?last=%s&n=%d>; rel=\"next\""
                    .formatted(
                        call.path(),
                        URLEncoder.encode(left.get(count - 1), StandardCharsets.UTF_8),
                        count)));
  }

  private static RegistryAnswer names(String field, List<String> names) {
    return RegistryAnswer.of(200, "application/json", TestImage.json(Map.of(field, names)));
  }

  private RegistryAnswer blobs(Call call, String repository, String label) {
    if (!isRead(call)) {
      return notAllowed();
    }
    Digest digest = Digest.parse(label);
    Optional<Bytes> blob = content.blob(repository, digest);
    if (blob.isEmpty()) {
      return RegistryAnswer.error(404, "BLOB_UNKNOWN", "blob unknown to registry");
    }
    if (storage != null && call.method().equals("GET")) {
      return RegistryAnswer.of(307)
          .with("Location", storage + "/storage/blobs/" + digest + "?signature=4711");
    }
    return part(blob.get(), call.range()).with("Docker-Content-Digest", digest.toString());
  }

  private static RegistryAnswer part(Bytes blob, String range) {
    byte[] all = blob.toArray();
    Matcher asked = RANGE.matcher(range);
    if (!asked.matches()) {
      return RegistryAnswer.of(200, BINARY, all).with("Accept-Ranges", "bytes");
    }
    long first = Long.parseLong(asked.group(1));
    long last =
        asked.group(2).isEmpty()
            ? all.length - 1
            : Math.min(all.length - 1, Long.parseLong(asked.group(2)));
    if (first >= all.length || last < first) {
      return RegistryAnswer.of(416).with("Content-Range", "bytes */" + all.length);
    }
    byte[] part = Arrays.copyOfRange(all, (int) first, (int) last + 1);
    return RegistryAnswer.of(206, BINARY, part)
        .with("Content-Range", "bytes " + first + "-" + last + "/" + all.length);
  }

  /** OCI distribution specification 1.1, "Pushing blobs": in one, in chunks, and mounted. */
  private RegistryAnswer uploads(Call call, String repository, String upload) {
    return switch (call.method().toUpperCase(Locale.ROOT)) {
      case "POST" -> beginUpload(call, repository);
      case "PATCH" ->
          content
              .append(upload, call.body().toArray())
              .map(length -> accepted(repository, upload, length))
              .orElseGet(RegistryApi::uploadUnknown);
      case "GET" ->
          content
              .append(upload, new byte[0])
              .map(length -> accepted(repository, upload, length).as(204))
              .orElseGet(RegistryApi::uploadUnknown);
      case "PUT" -> {
        content.append(upload, call.body().toArray());
        yield content
            .endUpload(upload)
            .map(bytes -> keep(repository, Digest.parse(call.parameter("digest")), bytes))
            .orElseGet(RegistryApi::uploadUnknown);
      }
      case "DELETE" -> {
        content.endUpload(upload);
        yield RegistryAnswer.of(204);
      }
      default -> notAllowed();
    };
  }

  private RegistryAnswer beginUpload(Call call, String repository) {
    String mount = call.parameter("mount");
    if (!mount.isEmpty()
        && content.mountBlob(repository, call.parameter("from"), Digest.parse(mount))) {
      return created(repository, Digest.parse(mount));
    }
    if (!call.parameter("digest").isEmpty()) {
      return keep(repository, Digest.parse(call.parameter("digest")), call.body());
    }
    return accepted(repository, content.beginUpload(), 0);
  }

  private RegistryAnswer keep(String repository, Digest digest, Bytes bytes) {
    if (!Digest.sha256(bytes.toArray()).equals(digest)) {
      return RegistryAnswer.error(400, "DIGEST_INVALID", "content does not match its digest");
    }
    content.putBlob(repository, digest, bytes);
    return created(repository, digest);
  }

  private static RegistryAnswer created(String repository, Digest digest) {
    return RegistryAnswer.of(201)
        .with("Location", "/v2/" + repository + "/blobs/" + digest)
        .with("Docker-Content-Digest", digest.toString());
  }

  private static RegistryAnswer accepted(String repository, String upload, int length) {
    return RegistryAnswer.of(202)
        .with("Location", "/v2/" + repository + "/blobs/uploads/" + upload)
        .with("Docker-Upload-UUID", upload)
        .with("Range", "0-" + Math.max(0, length - 1));
  }

  private static RegistryAnswer uploadUnknown() {
    return RegistryAnswer.error(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
  }

  private static boolean isRead(Call call) {
    return call.method().equals("GET") || call.method().equals("HEAD");
  }

  private static RegistryAnswer notAllowed() {
    return RegistryAnswer.error(405, "UNSUPPORTED", "the operation is unsupported");
  }
}

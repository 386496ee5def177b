package io.vic4j.testkit;

import io.vic4j.core.Digest;
import io.vic4j.image.Bytes;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** What an embedded registry holds. Thread-safe. */
final class RegistryContent {
  /** A manifest and what it is said to be. */
  record Manifest(String mediaType, Bytes content) {
    Digest digest() {
      return Digest.sha256(content.toArray());
    }
  }

  private static final class Repository {
    final Map<String, Manifest> manifests = new HashMap<>();
    final Map<String, Digest> tags = new TreeMap<>();
    final Set<Digest> blobs = new HashSet<>();
  }

  private final Map<String, Repository> repositories = new TreeMap<>();
  private final Map<Digest, Bytes> blobs = new HashMap<>();
  private final Map<String, ByteArrayOutputStream> uploads = new HashMap<>();
  private int uploadCount;

  private Repository repository(String name) {
    return repositories.computeIfAbsent(name, absent -> new Repository());
  }

  synchronized void putBlob(String repository, Digest digest, Bytes content) {
    blobs.put(digest, content);
    repository(repository).blobs.add(digest);
  }

  /** Lets a repository have a blob of another one; false if that one does not have it. */
  synchronized boolean mountBlob(String repository, String from, Digest digest) {
    if (!repository(from).blobs.contains(digest)) {
      return false;
    }
    repository(repository).blobs.add(digest);
    return true;
  }

  synchronized Optional<Bytes> blob(String repository, Digest digest) {
    return repositories.containsKey(repository) && repository(repository).blobs.contains(digest)
        ? Optional.ofNullable(blobs.get(digest))
        : Optional.empty();
  }

  synchronized Optional<Bytes> blob(Digest digest) {
    return Optional.ofNullable(blobs.get(digest));
  }

  /** Keeps a manifest by its digest and, unless {@code label} is one, by its tag. */
  synchronized Digest putManifest(String repository, String label, Manifest manifest) {
    Digest digest = manifest.digest();
    repository(repository).manifests.put(digest.toString(), manifest);
    if (label.indexOf(':') < 0) {
      repository(repository).tags.put(label, digest);
    }
    return digest;
  }

  /** The manifest of this tag or digest. */
  synchronized Optional<Manifest> manifest(String repository, String label) {
    Repository known = repositories.get(repository);
    if (known == null) {
      return Optional.empty();
    }
    Digest tagged = known.tags.get(label);
    return Optional.ofNullable(known.manifests.get(tagged == null ? label : tagged.toString()));
  }

  /** The tags of a repository, sorted; empty if there is no such repository. */
  synchronized Optional<List<String>> tags(String repository) {
    return Optional.ofNullable(repositories.get(repository))
        .map(known -> new ArrayList<>(known.tags.keySet()));
  }

  /** All repositories, sorted. */
  synchronized List<String> repositories() {
    return List.copyOf(repositories.keySet());
  }

  synchronized String beginUpload() {
    String id = "upload-" + ++uploadCount;
    uploads.put(id, new ByteArrayOutputStream());
    return id;
  }

  /** Adds to an upload; the length so far, or empty if there is no such upload. */
  synchronized Optional<Integer> append(String upload, byte[] content) {
    ByteArrayOutputStream soFar = uploads.get(upload);
    if (soFar == null) {
      return Optional.empty();
    }
    soFar.writeBytes(content);
    return Optional.of(soFar.size());
  }

  /** Ends an upload and gives what came. */
  synchronized Optional<Bytes> endUpload(String upload) {
    return Optional.ofNullable(uploads.remove(upload))
        .map(content -> new Bytes(content.toByteArray()));
  }
}

package io.vic4j.core;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name of an image in a registry, as Docker reads it: {@code
 * [registry[:port]/]repository[:tag][@digest]}.
 *
 * <p>A familiar name gets what it leaves out: {@code debian} is {@code
 * docker.io/library/debian:latest}. A first part is a registry if it holds a dot, a colon or an
 * upper-case letter, or is {@code localhost}. With a digest, the digest decides and a tag is only a
 * note.
 *
 * <p>Source: the grammar of the distribution project's {@code reference} package. Immutable; {@link
 * #toString} gives the full form, which {@link #parse} reads back to an equal reference.
 */
public final class ImageReference {
  /** The registry of references that name none. */
  public static final String DEFAULT_REGISTRY = "docker.io";

  /** The tag of references that have neither tag nor digest. */
  public static final String DEFAULT_TAG = "latest";

  private static final int MAX_NAME_LENGTH = 255;
  private static final int MAX_LENGTH = 1024;

  private static final Pattern REGISTRY =
      Pattern.compile(
          "(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
              + "(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\\[[0-9a-fA-F:]+])"
              + "(?::([0-9]{1,5}))?");
  private static final Pattern PATH_PART = Pattern.compile("[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*");
  private static final Pattern TAG = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}");
  private static final Pattern BARE_ID = Pattern.compile("[0-9a-f]{64}");

  private final String registry;
  private final String repository;
  private final @Nullable String tag;
  private final @Nullable Digest digest;

  private ImageReference(
      String registry, String repository, @Nullable String tag, @Nullable Digest digest) {
    this.registry = registry;
    this.repository = repository;
    this.tag = tag;
    this.digest = digest;
  }

  /**
   * Reads a familiar or full reference.
   *
   * @throws InvalidArgumentException if it is none; the message names the part that is wrong
   */
  @JsonCreator
  public static ImageReference parse(String text) {
    if (text.isEmpty()) {
      throw invalid(text, "it is empty");
    }
    if (text.length() > MAX_LENGTH) {
      throw invalid(text.substring(0, 32) + "…", "it is longer than " + MAX_LENGTH + " characters");
    }
    if (BARE_ID.matcher(text).matches()) {
      throw invalid(text, "it is an image ID, which no registry knows; name the image instead");
    }
    String rest = text;
    Digest digest = null;
    int at = rest.indexOf('@');
    if (at >= 0) {
      digest = parseDigest(text, rest.substring(at + 1));
      rest = rest.substring(0, at);
    }
    String tag = null;
    int colon = rest.lastIndexOf(':');
    if (colon > rest.lastIndexOf('/')) {
      tag = checkTag(text, rest.substring(colon + 1));
      rest = rest.substring(0, colon);
    }
    return fromName(text, rest, tag == null && digest == null ? DEFAULT_TAG : tag, digest);
  }

  private static ImageReference fromName(
      String text, String name, @Nullable String tag, @Nullable Digest digest) {
    String registry = DEFAULT_REGISTRY;
    String repository = name;
    int slash = name.indexOf('/');
    if (slash >= 0 && looksLikeRegistry(name.substring(0, slash))) {
      registry = checkRegistry(text, name.substring(0, slash));
      repository = name.substring(slash + 1);
    }
    if (registry.equals(DEFAULT_REGISTRY) && repository.indexOf('/') < 0) {
      checkRepository(text, repository);
      repository = "library/" + repository;
    }
    checkRepository(text, repository);
    if (registry.length() + 1 + repository.length() > MAX_NAME_LENGTH) {
      throw invalid(text, "its name is longer than " + MAX_NAME_LENGTH + " characters");
    }
    return new ImageReference(registry, repository, tag, digest);
  }

  private static boolean looksLikeRegistry(String part) {
    return part.indexOf('.') >= 0
        || part.indexOf(':') >= 0
        || part.equals("localhost")
        || part.chars().anyMatch(c -> c >= 'A' && c <= 'Z');
  }

  private static String checkRegistry(String text, String registry) {
    Matcher matcher = REGISTRY.matcher(registry);
    if (!matcher.matches()) {
      throw invalid(text, "'" + registry + "' is not a registry host[:port]");
    }
    String port = matcher.group(1);
    if (port != null && (Integer.parseInt(port) < 1 || Integer.parseInt(port) > 65535)) {
      throw invalid(text, "port " + port + " is not between 1 and 65535");
    }
    return registry.equals("index.docker.io") ? DEFAULT_REGISTRY : registry;
  }

  private static void checkRepository(String text, String repository) {
    if (repository.isEmpty()) {
      throw invalid(text, "it names no repository");
    }
    for (String part : repository.split("/", -1)) {
      if (!PATH_PART.matcher(part).matches()) {
        throw invalid(
            text,
            part.isEmpty()
                ? "its repository has an empty part"
                : part.chars().anyMatch(c -> c >= 'A' && c <= 'Z')
                    ? "repository names are lower-case, '" + part + "' is not"
                    : "'"
                        + part
                        + "' is not a repository name (want a-z, 0-9 and single . _ __ -"
                        + " between them)");
      }
    }
  }

  private static String checkTag(String text, String tag) {
    if (!TAG.matcher(tag).matches()) {
      throw invalid(
          text,
          "'"
              + tag
              + "' is not a tag (want 1 to 128 of A-Z, a-z, 0-9, _ . - and not . or - first)");
    }
    return tag;
  }

  private static Digest parseDigest(String text, String digest) {
    try {
      return Digest.parse(digest);
    } catch (InvalidArgumentException e) {
      throw new InvalidArgumentException(
          "not an image reference: '" + text + "': " + e.getMessage(), e);
    }
  }

  private static InvalidArgumentException invalid(String text, String why) {
    return new InvalidArgumentException("not an image reference: '" + text + "': " + why);
  }

  /** The registry's host, with its port where one is given; {@code docker.io} if none is named. */
  public String registry() {
    return registry;
  }

  /** The repository in the registry, such as {@code library/debian}. */
  public String repository() {
    return repository;
  }

  /** The tag; empty only where there is a digest. */
  public Optional<String> tag() {
    return Optional.ofNullable(tag);
  }

  /** The digest of the manifest or index, where given. */
  public Optional<Digest> digest() {
    return Optional.ofNullable(digest);
  }

  /** Registry and repository, without tag and digest. */
  public String name() {
    return registry + "/" + repository;
  }

  /** The same image name with this tag and no digest. */
  public ImageReference withTag(String newTag) {
    return new ImageReference(registry, repository, checkTag(newTag, newTag), null);
  }

  /** This reference, pinned to a digest. */
  public ImageReference withDigest(Digest newDigest) {
    return new ImageReference(registry, repository, tag, newDigest);
  }

  /** The shortest form that means the same, as people write it: {@code debian:12}. */
  public String familiar() {
    if (registry.equals(DEFAULT_REGISTRY)) {
      String withoutLibrary = repository.replaceFirst("^library/", "") + suffix();
      for (String shorter : List.of(withoutLibrary, repository + suffix())) {
        // A first part with a dot, say, would be taken for a registry.
        if (parse(shorter).equals(this)) {
          return shorter;
        }
      }
    }
    return toString();
  }

  private String suffix() {
    return (tag == null ? "" : ":" + tag) + (digest == null ? "" : "@" + digest);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ImageReference that && toString().equals(that.toString());
  }

  @Override
  public int hashCode() {
    return toString().hashCode();
  }

  /** The full form: {@code docker.io/library/debian:12}. */
  @Override
  @JsonValue
  public String toString() {
    return name() + suffix();
  }
}

package io.vic4j.image;

import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.UnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Allows the images of a list, each named by its digest, and no others.
 *
 * <p>A reference in the list has a digest: of a manifest, or of an index, which allows all images
 * in it. With a tag it is for that tag, without one for all tags of the repository. Immutable.
 */
public final class PinnedDigests implements ImagePolicy {
  /** By {@code repository:tag}, or by repository alone. */
  private final Map<String, TreeSet<Digest>> digests = new TreeMap<>();

  private PinnedDigests(Collection<ImageReference> pins) {
    for (ImageReference pin : pins) {
      Digest digest =
          pin.digest()
              .orElseThrow(
                  () ->
                      new InvalidArgumentException(
                          "cannot pin '" + pin + "': it has no digest (want name[:tag]@sha256:…)"));
      digests.computeIfAbsent(key(pin), name -> new TreeSet<>()).add(digest);
    }
  }

  private static String key(ImageReference reference) {
    return reference.name() + reference.tag().map(tag -> ":" + tag).orElse("");
  }

  /**
   * A list of these.
   *
   * @throws InvalidArgumentException if one of them has no digest
   */
  public static PinnedDigests of(Collection<ImageReference> pins) {
    return new PinnedDigests(pins);
  }

  /**
   * The list in a file of text: one reference a line, as {@code registry.example/app:1.2@sha256:…};
   * lines that are empty or begin with {@code #} say nothing.
   *
   * @throws InvalidArgumentException if there is something else in it; the message names the line
   * @throws UnavailableException if it cannot be read
   */
  public static PinnedDigests read(Path file) {
    List<ImageReference> pins = new ArrayList<>();
    try {
      int number = 0;
      for (String line : Files.readAllLines(file)) {
        number++;
        String text = line.strip();
        if (!text.isEmpty() && !text.startsWith("#")) {
          pins.add(pin(file, number, text));
        }
      }
    } catch (IOException e) {
      throw new UnavailableException("cannot read the pinned digests in " + file + ": " + e, e);
    }
    return of(pins);
  }

  private static ImageReference pin(Path file, int number, String text) {
    try {
      ImageReference pin = ImageReference.parse(text);
      if (pin.digest().isPresent()) {
        return pin;
      }
    } catch (InvalidArgumentException e) {
      throw new InvalidArgumentException(
          "line " + number + " of " + file + ": " + e.getMessage(), e);
    }
    throw new InvalidArgumentException(
        "line " + number + " of " + file + ": '" + text + "' has no digest");
  }

  @Override
  public void check(Candidate candidate) {
    ImageReference reference = candidate.reference();
    TreeSet<Digest> allowed = new TreeSet<>();
    allowed.addAll(digests.getOrDefault(reference.name(), new TreeSet<>()));
    allowed.addAll(digests.getOrDefault(key(reference), new TreeSet<>()));
    if (allowed.isEmpty()) {
      throw new RefusedException(reference.toString(), "no digest is pinned for " + key(reference));
    }
    boolean pinned =
        candidate.manifests().stream().anyMatch(manifest -> allowed.contains(manifest.digest()));
    // An image in an index may be pinned by itself: then the index counts for nothing.
    if (!pinned && !candidate.isIndex()) {
      throw new RefusedException(
          reference.toString(),
          "it has the digest " + candidate.manifest().digest() + ", and pinned is " + allowed);
    }
  }
}

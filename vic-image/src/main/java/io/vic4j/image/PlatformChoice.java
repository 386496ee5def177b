package io.vic4j.image;

import io.vic4j.core.NotFoundException;
import io.vic4j.core.Platform;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Which of an index's images runs on a platform.
 *
 * <p>Variants of a processor are levels, each of which runs what was made for the ones below. So
 * who asks for {@code arm/v7} gets v7, else v6, else v5. Who asks for no variant gets what names
 * none, else the level that is meant without one (arm v7, arm64 v8, amd64 v1), else the highest
 * below it, else the lowest above. Of equals the first wins (OCI image specification 1.1, image
 * index, "manifests").
 */
final class PlatformChoice {
  private static final int EXACT = 0;

  private PlatformChoice() {}

  /** The entry for this platform among those that are manifests, if there is one. */
  static Optional<ImageIndex.Entry> best(Platform wanted, ImageIndex index) {
    List<ImageIndex.Entry> images =
        index.entries().stream()
            .filter(entry -> MediaTypes.isManifest(entry.descriptor().mediaType()))
            .filter(entry -> !entry.isAttestation() && !entry.isArtifact())
            .toList();
    if (images.size() == 1 && images.get(0).platform().isEmpty()) {
      return Optional.of(images.get(0)); // Its config will say whether it fits.
    }
    ImageIndex.Entry best = null;
    int bestRank = Integer.MAX_VALUE;
    for (ImageIndex.Entry entry : images) {
      OptionalInt rank = entry.platform().map(p -> rank(wanted, p)).orElse(OptionalInt.empty());
      if (rank.isPresent() && rank.getAsInt() < bestRank) {
        best = entry;
        bestRank = rank.getAsInt();
      }
    }
    return Optional.ofNullable(best);
  }

  /** Whether an image made for {@code offered} runs on {@code wanted}. */
  static boolean fits(Platform wanted, Platform offered) {
    return rank(wanted, offered).isPresent();
  }

  /** How good the offer is, 0 for what was asked for; empty if it does not run. */
  private static OptionalInt rank(Platform wanted, Platform offered) {
    if (!wanted.os().equals(offered.os())
        || !wanted.architecture().equals(offered.architecture())) {
      return OptionalInt.empty();
    }
    if (wanted.equals(offered)) {
      return OptionalInt.of(EXACT);
    }
    OptionalInt wantedLevel = level(wanted);
    OptionalInt offeredLevel = level(offered);
    if (wantedLevel.isEmpty() || offeredLevel.isEmpty()) {
      return wanted.accepts(offered) ? OptionalInt.of(Integer.MAX_VALUE - 1) : OptionalInt.empty();
    }
    int below = wantedLevel.getAsInt() - offeredLevel.getAsInt();
    if (below >= 0) {
      return OptionalInt.of(1 + below);
    }
    return wanted.variant().isEmpty() ? OptionalInt.of(1000 - below) : OptionalInt.empty();
  }

  private static OptionalInt level(Platform platform) {
    String variant =
        platform
            .variant()
            .orElse(
                switch (platform.architecture()) {
                  case "arm" -> "v7";
                  case "arm64" -> "v8";
                  case "amd64" -> "v1";
                  default -> "";
                });
    return variant.matches("v[0-9]{1,2}")
        ? OptionalInt.of(Integer.parseInt(variant.substring(1)))
        : OptionalInt.empty();
  }

  /** The error for an index that has nothing for a platform; says what there is. */
  static NotFoundException notFound(String source, Platform wanted, List<ImageIndex> indexes) {
    TreeSet<String> there = new TreeSet<>();
    List<String> others = new ArrayList<>();
    for (ImageIndex index : indexes) {
      for (ImageIndex.Entry entry : index.entries()) {
        String mediaType = entry.descriptor().mediaType();
        if (!MediaTypes.isManifest(mediaType) && !MediaTypes.isIndex(mediaType)) {
          others.add(mediaType);
        } else if (entry.isArtifact()) {
          others.add("an artifact");
        } else if (!entry.isAttestation()) {
          entry.platform().ifPresent(platform -> there.add(platform.toString()));
        }
      }
    }
    String name = source + " for " + wanted;
    return new NotFoundException(
        "image",
        name,
        "image not found: "
            + name
            + "; there is "
            + (there.isEmpty() ? "none for any platform" : String.join(", ", there))
            + (others.isEmpty()
                ? ""
                : ", and what is not supported: "
                    + others.stream().distinct().collect(Collectors.joining(", "))),
        null);
  }
}

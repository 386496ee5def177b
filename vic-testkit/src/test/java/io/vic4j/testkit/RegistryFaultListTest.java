package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.UnauthorizedException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VchName;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.image.Descriptor;
import io.vic4j.image.Image;
import io.vic4j.image.ImageService;
import io.vic4j.image.ImageStore;
import io.vic4j.image.KeptBlobs;
import io.vic4j.image.registry.RegistryClient;
import io.vic4j.image.registry.RetryPolicy;
import io.vic4j.storage.LayerDisks;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each fault × {manifest, config, layer}: the pull succeeds after it tried again, or fails with an
 * error of its type; the store is whole either way; the next pull, in a process of its own,
 * succeeds where the fault has gone; and nothing that was verified is fetched twice, as the server
 * counts.
 */
class RegistryFaultListTest {
  private static final VchName VCH = VchName.of("vch");
  private static final TestImage IMAGE = image();
  private static final int KIB = 1 << 10;

  private final EmbeddedRegistry registry = EmbeddedRegistry.start();
  private final MemoryDatastore datastore = MemoryDatastore.create();

  private static TestImage image() {
    TestImage.Builder builder = TestImage.builder().entrypoint("/bin/app");
    for (int i = 0; i < 3; i++) {
      byte[] content = new byte[300 * 1000];
      new Random(i).nextBytes(content);
      int number = i;
      builder.layer(layer -> layer.file("data" + number, content));
    }
    for (int i = 0; i < 100; i++) {
      builder.env("VARIABLE_" + i, "a config of some length, so that it can break off in it");
    }
    return builder.build();
  }

  /** A fault by its name, and how a pull may end where it never passes. */
  private record Fault(String name, RegistryFault fault, Class<? extends VicException> end) {}

  /** What a fault happens to: which path, and whether its bytes are a blob's. */
  private enum Part {
    MANIFEST,
    CONFIG,
    LAYER;

    String path() {
      return switch (this) {
        case MANIFEST -> ".*/manifests/.*";
        case CONFIG -> ".*/blobs/" + IMAGE.configDescriptor().digest();
        case LAYER -> ".*/blobs/" + IMAGE.layerDescriptors().get(1).digest();
      };
    }
  }

  private static List<Fault> faults() {
    return List.of(
        new Fault("503", RegistryFault.status(503), UnavailableException.class),
        new Fault(
            "429", RegistryFault.status(429).retryAfterSeconds(7), UnavailableException.class),
        new Fault("408", RegistryFault.status(408), UnavailableException.class),
        new Fault("404", RegistryFault.status(404), NotFoundException.class),
        new Fault("403", RegistryFault.status(403), UnauthorizedException.class),
        new Fault("418", RegistryFault.status(418), InvalidArgumentException.class),
        new Fault("hang up", RegistryFault.hangUp(), UnavailableException.class),
        new Fault("drop", RegistryFault.dropAfter(200), UnavailableException.class),
        new Fault("stall", RegistryFault.stallAfter(200), UnavailableException.class),
        new Fault("cut, and said so", RegistryFault.truncatedTo(200), CorruptException.class),
        new Fault("cut", RegistryFault.truncatedUnsaid(200), CorruptException.class),
        new Fault("padded", RegistryFault.paddedUnsaid(10), CorruptException.class),
        new Fault("a bit wrong", RegistryFault.corruptAt(150), CorruptException.class),
        new Fault("a loop", RegistryFault.redirect("?again"), UnavailableException.class));
  }

  static Stream<Arguments> list() {
    List<Arguments> all = new ArrayList<>();
    for (Fault fault : faults()) {
      for (Part part : Part.values()) {
        all.add(Arguments.of(fault.name(), part, fault));
      }
    }
    return all.stream();
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  private static RegistryClient client() {
    return RegistryClient.builder()
        .retryPolicy(
            new RetryPolicy(3, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofMinutes(1)))
        .sleeper(wait -> {})
        .stallTimeout(Duration.ofMillis(200))
        .build();
  }

  /** As a process of its own: with nothing but what is on the datastore. */
  private Image pull(ImageReference reference) {
    LayerDisks disks = LayerDisks.in(datastore);
    ImageStore store = ImageStore.in(datastore, disks);
    KeptBlobs kept = KeptBlobs.in(datastore);
    try (RegistryClient client = client();
        ImageService service =
            ImageService.builder(store, disks)
                .sources(kept.keeping(client))
                .parallelLayers(1)
                .build()) {
      return service.images(VCH).pull(reference, Progress.NONE);
    }
  }

  private void assertStoreIsWhole() {
    LayerDisks disks = LayerDisks.in(datastore);
    assertThat(ImageStore.in(datastore, disks).list().damaged()).isEmpty();
    assertThat(datastore.list(DatastorePath.parse("tmp"))).isEmpty();
    assertThat(datastore.list(DatastorePath.parse("leases"))).isEmpty();
    KeptBlobs kept = KeptBlobs.in(datastore);
    for (Descriptor blob : IMAGE.layerDescriptors()) {
      if (kept.has(blob)) {
        try (var in = kept.read(blob)) {
          assertThat(Digest.sha256(in.readAllBytes())).isEqualTo(blob.digest());
        } catch (IOException e) {
          throw new AssertionError(e);
        }
      }
    }
  }

  /** Nothing twice but what the fault spoiled, and what was under way when a connection ended. */
  private void assertNothingTwice(Part part) {
    IMAGE
        .blobs()
        .forEach(
            (digest, blob) -> {
              String path = ".*/blobs/" + digest;
              long sent = registry.sentBytes(path);
              if (path.equals(part.path())) {
                assertThat(sent).isLessThanOrEqualTo(2L * blob.size() + KIB);
              } else {
                assertThat(sent).as("bytes of %s", digest).isEqualTo(blob.size());
              }
            });
  }

  @ParameterizedTest(name = "{0} at the {1}, once")
  @MethodSource("list")
  void faultThatPasses(String name, Part part, Fault fault) {
    ImageReference reference = registry.add("lib/app:1", IMAGE);
    registry.faults().onPath(part.path()).nth(1, fault.fault());

    try {
      pull(reference);
    } catch (VicException e) {
      assertThat(e).isInstanceOf(fault.end());
      assertStoreIsWhole();
      pull(reference);
    }

    assertStoreIsWhole();
    assertNothingTwice(part);
  }

  @ParameterizedTest(name = "{0} at the {1}, always")
  @MethodSource("list")
  void faultThatStays(String name, Part part, Fault fault) {
    ImageReference reference = registry.add("lib/app:1", IMAGE);
    registry.faults().onPath(part.path()).always(fault.fault());

    VicException failure = failureOf(reference, part);
    if (failure != null) {
      assertThat(failure).isInstanceOf(fault.end());
    }
    assertStoreIsWhole();

    registry.faults().clear();
    registry.forgetRequests();
    Image image = pull(reference);
    assertThat(image.id()).isEqualTo(IMAGE.configDescriptor().digest());
    assertStoreIsWhole();
    if (part == Part.LAYER) {
      // What came before the layer that failed is not asked for again.
      Map<Boolean, Long> sent =
          Map.of(
              true,
              registry.sentBytes(".*/blobs/" + IMAGE.configDescriptor().digest()),
              false,
              registry.sentBytes(".*/blobs/" + IMAGE.layerDescriptors().get(0).digest()));
      assertThat(sent).containsEntry(true, 0L).containsEntry(false, 0L);
    }
  }

  /** Null where a blob comes over in spite of it, part by part. */
  private @Nullable VicException failureOf(ImageReference reference, Part part) {
    try {
      pull(reference);
      assertThat(part).isNotEqualTo(Part.MANIFEST);
      return null;
    } catch (VicException e) {
      return e;
    }
  }
}

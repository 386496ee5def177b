package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CancelledException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.Platform;
import io.vic4j.core.Progress;
import io.vic4j.core.UnauthorizedException;
import io.vic4j.core.UnavailableException;
import io.vic4j.image.Descriptor;
import io.vic4j.image.ImageSource;
import io.vic4j.image.RawManifest;
import io.vic4j.image.layout.OciLayout;
import io.vic4j.image.registry.CredentialSource;
import io.vic4j.image.registry.Credentials;
import io.vic4j.image.registry.PushOptions;
import io.vic4j.image.registry.PushResult;
import io.vic4j.image.registry.PushResult.Way;
import io.vic4j.image.registry.RegistryClient;
import io.vic4j.image.registry.RetryPolicy;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pushes to a registry that does wrong as planned. */
class RegistryPushTest {
  private static final int CHUNK = 64 << 10;
  private static final PushOptions CHUNKS = PushOptions.DEFAULT.withChunkBytes(CHUNK);
  private static final String UPLOADS = ".*/blobs/uploads/.*";
  private static final TestImage IMAGE =
      TestImage.builder()
          .compression(TestImage.Compression.NONE)
          .layer(layer -> layer.file("data", random(300_000)))
          .entrypoint("/bin/app")
          .build();
  private static final Descriptor LAYER = IMAGE.layerDescriptors().get(0);

  @TempDir Path folder;

  private final EmbeddedRegistry registry = EmbeddedRegistry.start();
  private final RegistryClient client =
      RegistryClient.builder()
          .retryPolicy(
              new RetryPolicy(4, Duration.ofSeconds(1), Duration.ofSeconds(3), Duration.ofHours(1)))
          .sleeper(duration -> {})
          .build();
  private final ImageReference target = registry.reference("lib/app:1");
  private ImageSource source;

  private static byte[] random(int size) {
    byte[] content = new byte[size];
    new Random(7).nextBytes(content);
    return content;
  }

  @BeforeEach
  void layout() {
    IMAGE.writeLayout(folder, "1");
    source = OciLayout.open(folder);
  }

  @AfterEach
  void stop() {
    client.close();
    registry.close();
  }

  private PushResult push(PushOptions options) {
    return client.push(source, target, options, Progress.NONE);
  }

  private static List<Way> ways(PushResult result) {
    return result.blobs().stream().map(PushResult.PushedBlob::way).toList();
  }

  private void assertWhole() {
    assertThat(client.open(target).manifest().content()).isEqualTo(IMAGE.manifest());
    IMAGE.blobs().forEach((digest, blob) -> assertThat(registry.blob(digest)).contains(blob));
  }

  private long bytesOf(String method) {
    return registry.requests().stream()
        .filter(request -> request.method().equals(method))
        .filter(request -> request.path().contains("/blobs/uploads/"))
        .mapToLong(RegistryRequest::bodyBytes)
        .sum();
  }

  @Test
  void image_isWholeAtItsTag() {
    PushResult result = push(PushOptions.DEFAULT);

    assertWhole();
    assertThat(result.digest()).isEqualTo(IMAGE.manifestDescriptor().digest());
    assertThat(ways(result)).containsExactly(Way.SENT, Way.SENT);
    assertThat(result.sentBytes())
        .isEqualTo(LAYER.sizeBytes() + IMAGE.configDescriptor().sizeBytes());
  }

  @Test
  void manifest_comesLast() {
    push(PushOptions.DEFAULT);

    List<RegistryRequest> requests = registry.requests();
    assertThat(requests.get(requests.size() - 1))
        .satisfies(
            last -> {
              assertThat(last.method()).isEqualTo("PUT");
              assertThat(last.path()).endsWith("/manifests/1");
            });
  }

  @Test
  void whatIsThere_isNotSentAgain() {
    push(PushOptions.DEFAULT);
    registry.forgetRequests();

    assertThat(ways(push(PushOptions.DEFAULT))).containsExactly(Way.THERE, Way.THERE);
    assertThat(bytesOf("PUT") + bytesOf("PATCH") + bytesOf("POST")).isZero();
  }

  @Test
  void blobOfAnotherRepository_isMounted() {
    registry.add("lib/base:1", IMAGE);

    assertThat(ways(push(PushOptions.DEFAULT.withMountFrom("lib/none", "lib/base"))))
        .containsExactly(Way.MOUNTED, Way.MOUNTED);
    assertWhole();
  }

  @Test
  void copyWithinARegistry_mountsByItself() {
    ImageReference from = registry.add("lib/base:1", IMAGE);

    assertThat(ways(client.push(client.open(from), target, PushOptions.DEFAULT, Progress.NONE)))
        .containsExactly(Way.MOUNTED, Way.MOUNTED);
    assertThat(registry.requests()).noneMatch(RegistryRequest::isBlobFetch);
  }

  @Test
  void largeBlob_isSentInChunks() {
    push(CHUNKS);

    assertWhole();
    assertThat(bytesOf("PATCH")).isEqualTo(LAYER.sizeBytes());
  }

  @Test
  void chunkWhoseAnswerIsLost_isNotSentAgain() {
    registry.faults().on("PATCH", UPLOADS).nth(2, RegistryFault.hangUp());

    push(CHUNKS);

    assertWhole();
    assertThat(bytesOf("PATCH")).isEqualTo(LAYER.sizeBytes());
  }

  @Test
  void chunkThatIsRefused_isSentAgain() {
    registry.faults().on("PATCH", UPLOADS).nth(2, RegistryFault.status(503));

    push(CHUNKS);

    assertWhole();
    assertThat(bytesOf("PATCH")).isEqualTo(LAYER.sizeBytes() + CHUNK);
  }

  @Test
  void uploadThatTheRegistryForgot_beginsAnew() {
    registry.faults().on("PATCH", UPLOADS).nth(3, RegistryFault.status(502));
    registry.faults().onPath(UPLOADS).nth(1, RegistryFault.status(404));

    push(CHUNKS);

    assertWhole();
    assertThat(bytesOf("PATCH")).isEqualTo(LAYER.sizeBytes() + 3 * CHUNK);
  }

  @Test
  void endOfAnUploadWhoseAnswerIsLost_isFoundDone() {
    registry.faults().on("PUT", UPLOADS).nth(2, RegistryFault.hangUp());

    push(PushOptions.DEFAULT);

    assertWhole();
    assertThat(bytesOf("PUT")).isEqualTo(LAYER.sizeBytes() + IMAGE.configDescriptor().sizeBytes());
  }

  @Test
  void troubleThatDoesNotPass_isUnavailableAndLeavesNoManifest() {
    registry.faults().on("PATCH", UPLOADS).always(RegistryFault.status(503).saying("tea time"));

    assertThatThrownBy(() -> push(CHUNKS))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("cannot push blob")
        .hasMessageContaining("after 4 attempts")
        .hasMessageContaining("tea time");
    assertThat(registry.requests()).noneMatch(request -> request.path().contains("/manifests/"));
  }

  @Test
  void wrongDigestInTheAnswer_isCorrupt() {
    registry
        .faults()
        .on("PUT", ".*/manifests/.*")
        .always(RegistryFault.promising(Digest.sha256("other")));

    assertThatThrownBy(() -> push(PushOptions.DEFAULT))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("as the registry says it has it");
  }

  @Test
  void blobThatIsNotWhatItShouldBe_isCorrupt() {
    ImageSource damaged =
        new Altered(source, blob -> new ByteArrayInputStream(new byte[(int) blob.sizeBytes()]));

    assertThatThrownBy(() -> client.push(damaged, target, PushOptions.DEFAULT, Progress.NONE))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("DIGEST_INVALID");
  }

  @Test
  void otherDigestInTheTarget_isRefused() {
    ImageReference other = target.withDigest(Digest.sha256("other"));

    assertThatThrownBy(() -> client.push(source, other, PushOptions.DEFAULT, Progress.NONE))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("it has the digest " + IMAGE.manifestDescriptor().digest());
    assertThat(registry.requests()).isEmpty();
  }

  @Test
  void index_bringsAllItsImages() {
    TestImage arm =
        TestImage.builder().platform(Platform.parse("linux/arm64")).env("A", "b").build();
    try (EmbeddedRegistry other = EmbeddedRegistry.start()) {
      ImageReference index = other.addIndex("multi:1", List.of(IMAGE, arm));

      client.push(client.open(index), target, PushOptions.DEFAULT, Progress.NONE);

      ImageSource pushed = client.open(target);
      assertThat(pushed.manifest()).isEqualTo(client.open(index).manifest());
      assertThat(pushed.manifest(arm.manifestDescriptor().digest()).content())
          .isEqualTo(arm.manifest());
    }
  }

  @Test
  void tokenForPulls_isReplacedByOneForPushes() {
    try (EmbeddedRegistry guarded = EmbeddedRegistry.builder().tokens("anna", "x").start();
        RegistryClient anna =
            RegistryClient.builder()
                .credentials(CredentialSource.of(guarded.address(), Credentials.basic("anna", "x")))
                .build()) {
      guarded.add("lib/base:1", IMAGE);
      ImageReference there = guarded.reference("lib/app:1");

      PushResult result =
          anna.push(source, there, PushOptions.DEFAULT.withMountFrom("lib/base"), Progress.NONE);

      assertThat(ways(result)).containsExactly(Way.MOUNTED, Way.MOUNTED);
      assertThat(anna.open(there).manifest().content()).isEqualTo(IMAGE.manifest());
    }
  }

  @Test
  void whoMayNotPush_isUnauthorized() {
    try (EmbeddedRegistry guarded =
        EmbeddedRegistry.builder().basicAuthentication("anna", "x").start()) {
      assertThatThrownBy(
              () ->
                  client.push(
                      source, guarded.reference("app:1"), PushOptions.DEFAULT, Progress.NONE))
          .isInstanceOf(UnauthorizedException.class);
    }
  }

  @Test
  void blobs_areSentSeveralAtATime() {
    CountDownLatch both = new CountDownLatch(2);
    ImageSource meeting =
        new Altered(
            source,
            blob -> {
              both.countDown();
              await(both); // One after the other would wait for ever.
              return source.blob(blob);
            });

    PushResult result = client.push(meeting, target, PushOptions.DEFAULT, Progress.NONE);

    assertThat(result.blobs())
        .extracting(PushResult.PushedBlob::blob)
        .containsExactly(IMAGE.configDescriptor(), LAYER);
    assertWhole();
  }

  @Test
  void blobThatFails_makesTheOthersBeGivenUp_beforeThePushEnds() {
    CountDownLatch reached = new CountDownLatch(1);
    CountDownLatch givenUp = new CountDownLatch(1);
    ImageSource failing =
        new Altered(
            source,
            blob -> {
              if (blob.equals(LAYER)) {
                reached.countDown();
                try {
                  await(new CountDownLatch(1));
                } finally {
                  givenUp.countDown();
                }
              }
              await(reached);
              throw new UnavailableException("the source is gone", null);
            });

    assertThatThrownBy(() -> client.push(failing, target, PushOptions.DEFAULT, Progress.NONE))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("the source is gone");
    assertThat(givenUp.getCount()).isZero();
    assertThat(registry.requests()).noneMatch(request -> request.path().contains("/manifests/"));
  }

  @Test
  void interruptedPush_isCancelled_withAllOfItsBlobs() throws Exception {
    CountDownLatch begun = new CountDownLatch(2);
    CountDownLatch ended = new CountDownLatch(2);
    ImageSource waiting =
        new Altered(
            source,
            blob -> {
              begun.countDown();
              try {
                await(new CountDownLatch(1));
              } finally {
                ended.countDown();
              }
              return source.blob(blob);
            });
    CompletableFuture<Throwable> outcome = new CompletableFuture<>();
    Thread pusher =
        new Thread(
            () -> {
              try {
                client.push(waiting, target, PushOptions.DEFAULT, Progress.NONE);
                outcome.complete(new AssertionError("it was pushed"));
              } catch (RuntimeException e) {
                outcome.complete(e);
              }
            });
    pusher.start();
    await(begun);
    pusher.interrupt();

    assertThat(outcome.get(30, TimeUnit.SECONDS)).isInstanceOf(CancelledException.class);
    assertThat(ended.getCount()).isZero();
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(30, TimeUnit.SECONDS)) {
        throw new AssertionError("nobody came within 30 s");
      }
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "wait of a test");
    }
  }

  /** Another source, whose blobs come from somewhere else. */
  private record Altered(ImageSource source, Function<Descriptor, InputStream> blobs)
      implements ImageSource {
    @Override
    public String name() {
      return source.name();
    }

    @Override
    public RawManifest manifest() {
      return source.manifest();
    }

    @Override
    public RawManifest manifest(Digest digest) {
      return source.manifest(digest);
    }

    @Override
    public InputStream blob(Descriptor descriptor) {
      return blobs.apply(descriptor);
    }

    @Override
    public void close() {
      source.close();
    }
  }
}

package io.vic4j.testkit.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.Digest;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.ImageReference;
import io.vic4j.core.Platform;
import io.vic4j.core.Progress;
import io.vic4j.core.UnauthorizedException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.image.Descriptor;
import io.vic4j.image.ImageSource;
import io.vic4j.image.RawManifest;
import io.vic4j.image.layout.OciLayout;
import io.vic4j.image.registry.CredentialSource;
import io.vic4j.image.registry.Credentials;
import io.vic4j.image.registry.KeptUploads;
import io.vic4j.image.registry.PushOptions;
import io.vic4j.image.registry.PushResult;
import io.vic4j.image.registry.PushResult.Way;
import io.vic4j.image.registry.RegistryClient;
import io.vic4j.testkit.EmbeddedRegistry;
import io.vic4j.testkit.TestImage;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is pushed to a registry that others wrote, and what a tool that others wrote finds there.
 */
class DockerRegistryPushTest {
  private static final TestImage IMAGE =
      TestImage.builder()
          .layer(layer -> layer.directory("etc").file("etc/motd", "hello"))
          .layer(layer -> layer.file("data", random(3 << 20)))
          .entrypoint("/bin/app")
          .build();
  private static final PushOptions CHUNKS = PushOptions.DEFAULT.withChunkBytes(1 << 20);
  private static final Credentials ALI =
      Credentials.basic(DockerRegistry.USER, DockerRegistry.PASSWORD);

  @TempDir Path folder;

  private static byte[] random(int size) {
    byte[] content = new byte[size];
    new Random(7).nextBytes(content);
    return content;
  }

  private ImageSource image() {
    IMAGE.writeLayout(folder.resolve("layout"), "1");
    return OciLayout.open(folder.resolve("layout"));
  }

  private static RegistryClient ali(DockerRegistry registry) {
    return RegistryClient.builder()
        .credentials(CredentialSource.of(registry.address(), ALI))
        .build();
  }

  /** skopeo fetches it, and finds each byte as it was. */
  private void assertSkopeoCopies(ImageReference reference) throws IOException {
    Path copy = folder.resolve("copy");
    ForeignTool.named("skopeo")
        .check(
            "--insecure-policy",
            "copy",
            "--preserve-digests",
            "--src-tls-verify=false",
            "--src-creds",
            DockerRegistry.USER + ":" + DockerRegistry.PASSWORD,
            "docker://" + reference,
            "oci:" + copy + ":1");
    assertThat(OciLayout.open(copy).manifest().digest())
        .isEqualTo(IMAGE.manifestDescriptor().digest());
    for (Digest digest : IMAGE.blobs().keySet()) {
      assertThat(Digest.sha256(Files.readAllBytes(copy.resolve("blobs/sha256/" + digest.hex()))))
          .isEqualTo(digest);
    }
  }

  @Test
  void imageInChunks_isWhatSkopeoFetches() throws IOException {
    try (DockerRegistry registry = DockerRegistry.start(folder);
        RegistryClient client = RegistryClient.builder().build()) {
      ImageReference target = registry.reference("lib/app:1");

      PushResult result = client.push(image(), target, CHUNKS, Progress.NONE);

      assertThat(result.digest()).isEqualTo(IMAGE.manifestDescriptor().digest());
      assertSkopeoCopies(target);
    }
  }

  @Test
  void passwordOpensTheRegistry_andNoPasswordDoesNot() throws IOException {
    try (DockerRegistry registry = DockerRegistry.startWithPassword(folder);
        RegistryClient client = ali(registry);
        RegistryClient anonymous = RegistryClient.builder().build()) {
      ImageReference target = registry.reference("lib/app:1");
      ImageSource image = image();

      assertThatThrownBy(() -> anonymous.push(image, target, CHUNKS, Progress.NONE))
          .isInstanceOf(UnauthorizedException.class);
      client.push(image, target, CHUNKS, Progress.NONE);

      assertSkopeoCopies(target);
    }
  }

  @Test
  void tokens_areFetchedForWhatIsDone() throws IOException, GeneralSecurityException {
    TestCertificates certificates = TestCertificates.in(folder);
    try (TokenServer tokens = TokenServer.start(certificates);
        DockerRegistry registry = DockerRegistry.startWithTokens(folder, tokens, certificates);
        RegistryClient client = ali(registry);
        RegistryClient anonymous = RegistryClient.builder().build()) {
      ImageReference target = registry.reference("lib/app:1");
      ImageSource image = image();

      assertThatThrownBy(() -> anonymous.push(image, target, CHUNKS, Progress.NONE))
          .isInstanceOf(UnauthorizedException.class);
      client.push(image, target, CHUNKS, Progress.NONE);

      assertThat(tokens.scopes()).contains("repository:lib/app:pull,push");
      assertThat(anonymous.open(target).manifest().content()).isEqualTo(IMAGE.manifest());
      ImageReference copy = registry.reference("lib/copy:1");
      PushResult mounted =
          client.push(client.open(target), copy, PushOptions.DEFAULT, Progress.NONE);
      assertThat(mounted.blobs()).extracting(PushResult.PushedBlob::way).containsOnly(Way.MOUNTED);
      assertSkopeoCopies(copy);
    }
  }

  @Test
  void ownCa_isEnoughToPush() throws IOException {
    TestCertificates certificates = TestCertificates.in(folder);
    try (DockerRegistry registry = DockerRegistry.startWithTls(folder, certificates);
        RegistryClient client =
            RegistryClient.builder().https(registry.address()).trust(certificates.ca()).build()) {
      ImageReference target = registry.reference("lib/app:1");

      client.push(image(), target, CHUNKS, Progress.NONE);

      assertSkopeoCopies(target);
    }
  }

  @Test
  void tagsAndRepositories_areThoseThatWerePushed() throws IOException {
    try (DockerRegistry registry = DockerRegistry.start(folder);
        RegistryClient client = RegistryClient.builder().build()) {
      ImageSource image = image();
      for (String name : List.of("lib/app:2", "lib/app:1", "lib/other:1")) {
        client.push(image, registry.reference(name), PushOptions.DEFAULT, Progress.NONE);
      }

      assertThat(client.tags(registry.reference("lib/app"), 1000)).containsExactly("1", "2");
      assertThat(client.repositories(registry.address(), 1000))
          .containsExactly(registry.reference("lib/app"), registry.reference("lib/other"));
    }
  }

  @Test
  void index_isWhatSkopeoInspects() throws IOException {
    TestImage arm =
        TestImage.builder().platform(Platform.parse("linux/arm64")).env("A", "b").build();
    try (EmbeddedRegistry other = EmbeddedRegistry.start();
        DockerRegistry registry = DockerRegistry.start(folder);
        RegistryClient client = RegistryClient.builder().build()) {
      ImageReference index = other.addIndex("multi:1", List.of(IMAGE, arm));
      ImageReference target = registry.reference("lib/multi:1");

      client.push(client.open(index), target, CHUNKS, Progress.NONE);

      byte[] raw =
          ForeignTool.named("skopeo")
              .check("inspect", "--raw", "--tls-verify=false", "docker://" + target)
              .out();
      assertThat(Digest.sha256(raw)).isEqualTo(client.open(index).manifest().digest());
      for (String architecture : List.of("amd64", "arm64")) {
        String inspected =
            ForeignTool.named("skopeo")
                .check(
                    "--override-arch",
                    architecture,
                    "inspect",
                    "--tls-verify=false",
                    "docker://" + target)
                .text();
        assertThat(inspected).contains("\"Architecture\": \"" + architecture + "\"");
      }
    }
  }

  /** A push that breaks off for good in the middle of a blob, as when its process is killed. */
  private void breakOff(DockerRegistry registry, LocalDatastore notes, ImageSource image)
      throws IOException {
    try (RegistryClient client = RegistryClient.builder().uploads(KeptUploads.in(notes)).build()) {
      ImageSource dying =
          new ImageSource() {
            @Override
            public String name() {
              return image.name();
            }

            @Override
            public RawManifest manifest() {
              return image.manifest();
            }

            @Override
            public RawManifest manifest(Digest digest) {
              return image.manifest(digest);
            }

            @Override
            public InputStream blob(Descriptor blob) {
              InputStream in = image.blob(blob);
              return blob.sizeBytes() < 1 << 20 ? in : new DyingStream(in, 2 << 20);
            }

            @Override
            public void close() {}
          };
      assertThatThrownBy(
              () -> client.push(dying, registry.reference("lib/app:1"), CHUNKS, Progress.NONE))
          .isInstanceOf(UnavailableException.class);
    }
  }

  private static final class DyingStream extends FilterInputStream {
    private int left;

    DyingStream(InputStream in, int left) {
      super(in);
      this.left = left;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (left == 0) {
        throw new UnavailableException("the source is gone", null);
      }
      int read = super.read(buffer, offset, Math.min(length, left));
      left -= Math.max(0, read);
      return read;
    }
  }

  @Test
  void pushThatBrokeOff_goesOnInAnotherProcess() throws IOException {
    LocalDatastore notes = LocalDatastore.at(folder.resolve("store"));
    ImageSource image = image();
    try (DockerRegistry registry = DockerRegistry.start(folder)) {
      breakOff(registry, notes, image);
      assertThat(notes.names(DatastorePath.parse("partial/uploads"))).hasSize(1);
      List<Long> offsets = new ArrayList<>();
      ImageSource counting = new OffsetsSource(image, offsets);
      try (RegistryClient next = RegistryClient.builder().uploads(KeptUploads.in(notes)).build()) {
        next.push(counting, registry.reference("lib/app:1"), CHUNKS, Progress.NONE);
      }

      assertThat(offsets).as("where blobs were read from").contains(2L << 20);
      assertThat(notes.names(DatastorePath.parse("partial/uploads"))).isEmpty();
      assertSkopeoCopies(registry.reference("lib/app:1"));
    }
  }

  @Test
  void noteOfAnUploadThatTheRegistryForgot_costsNothingButAQuestion() throws IOException {
    LocalDatastore notes = LocalDatastore.at(folder.resolve("store"));
    ImageSource image = image();
    try (DockerRegistry registry = DockerRegistry.start(folder)) {
      breakOff(registry, notes, image);
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path uploads : all.filter(path -> path.endsWith("_uploads")).toList()) {
          Files.move(uploads, folder.resolve("forgotten"));
        }
      }
      assertThat(folder.resolve("forgotten")).isNotEmptyDirectory();
      try (RegistryClient next = RegistryClient.builder().uploads(KeptUploads.in(notes)).build()) {
        next.push(image, registry.reference("lib/app:1"), CHUNKS, Progress.NONE);
      }
      assertSkopeoCopies(registry.reference("lib/app:1"));
    }
  }

  /** Notes from where blobs are read that are not read from their start. */
  private record OffsetsSource(ImageSource image, List<Long> offsets) implements ImageSource {
    @Override
    public String name() {
      return image.name();
    }

    @Override
    public RawManifest manifest() {
      return image.manifest();
    }

    @Override
    public RawManifest manifest(Digest digest) {
      return image.manifest(digest);
    }

    @Override
    public InputStream blob(Descriptor blob) {
      return image.blob(blob);
    }

    @Override
    public InputStream blob(Descriptor blob, long offset) {
      synchronized (offsets) {
        offsets.add(offset);
      }
      return image.blob(blob, offset);
    }

    @Override
    public void close() {}
  }
}

package io.vic4j.testkit;

import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.image.Bytes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A registry inside the test, on a free port of this machine: real HTTP, no network.
 *
 * <pre>{@code
 * try (EmbeddedRegistry registry = EmbeddedRegistry.start()) {
 *   ImageReference reference = registry.add("lib/app:1",
 *       TestImage.builder().layer(layer -> layer.file("etc/motd", "hello")).build());
 *   registry.faults().onPath(".*blobs.*").nth(1, RegistryFault.dropAfter(10));
 *   // … pull the reference, then look at what was asked for:
 *   assertThat(registry.blobFetches(digest)).isEqualTo(2);
 * }
 * }</pre>
 *
 * <p>It speaks the OCI distribution specification 1.1: pull, also by Range; push, so that tools
 * such as skopeo can fill it; the lists of tags and of repositories, in pages. It can want a
 * sign-in, keep its blobs at another address, speak TLS, and {@linkplain #faults() do wrong} as
 * planned. Everything is kept in memory. Thread-safe.
 */
public final class EmbeddedRegistry implements AutoCloseable {
  private final RegistryContent content = new RegistryContent();
  private final RegistryFaults faults = new RegistryFaults();
  private final List<RegistryRequest> requests = new CopyOnWriteArrayList<>();
  private final Map<String, LongAdder> traffic = new ConcurrentHashMap<>();
  private final RegistryAccess access;
  private final ExecutorService executor;
  private final RegistryServer registry;
  private final @Nullable RegistryServer storage;

  private EmbeddedRegistry(Builder builder) {
    this.access =
        new RegistryAccess(
            builder.access,
            builder.userAndPassword,
            builder.identityToken,
            builder.tokenLifetime.toSeconds());
    AtomicInteger threads = new AtomicInteger();
    this.executor =
        Executors.newCachedThreadPool(
            work -> {
              Thread thread = new Thread(work, "embedded-registry-" + threads.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    this.storage =
        builder.blobsElsewhere
            ? new RegistryServer(
                "storage", builder.tls, executor, faults, requests::add, this::sent)
            : null;
    RegistryApi api = new RegistryApi(content, storage == null ? null : storage.origin());
    if (storage != null) {
      storage.answering((call, authorization) -> api.storageAnswer(call));
    }
    this.registry =
        new RegistryServer("registry", builder.tls, executor, faults, requests::add, this::sent);
    registry.answering(
        (call, authorization) ->
            call.path().equals(RegistryAccess.TOKEN_PATH)
                ? access.token(authorization, call.query())
                : access
                    .refusal(call.method(), call.path(), authorization, registry.origin())
                    .orElseGet(() -> api.answer(call)));
  }

  private void sent(String path, long bytes) {
    traffic.computeIfAbsent(path, name -> new LongAdder()).add(bytes);
  }

  /** A registry that anybody may use. */
  public static EmbeddedRegistry start() {
    return builder().start();
  }

  /** A registry to configure. */
  public static Builder builder() {
    return new Builder();
  }

  /** Host and port, as references begin: {@code 127.0.0.1:41234}. */
  public String address() {
    return registry.address();
  }

  /** The reference of something in this registry, such as {@code lib/app:1}. */
  public ImageReference reference(String nameAndTag) {
    return ImageReference.parse(address() + "/" + nameAndTag);
  }

  /** Puts an image in, under a name and a tag such as {@code lib/app:1}. */
  public ImageReference add(String nameAndTag, TestImage image) {
    ImageReference reference = reference(nameAndTag);
    putManifest(reference, image, reference.tag().orElseThrow());
    return reference;
  }

  /** Puts an image for several platforms in: an index, and its images without tags. */
  public ImageReference addIndex(String nameAndTag, List<TestImage> images) {
    ImageReference reference = reference(nameAndTag);
    for (TestImage image : images) {
      putManifest(reference, image, image.manifestDescriptor().digest().toString());
    }
    String mediaType = images.get(0).format().indexType;
    return addManifest(nameAndTag, mediaType, TestImage.index(images));
  }

  private void putManifest(ImageReference reference, TestImage image, String label) {
    image.blobs().forEach((digest, blob) -> content.putBlob(reference.repository(), digest, blob));
    content.putManifest(
        reference.repository(),
        label,
        new RegistryContent.Manifest(image.manifestDescriptor().mediaType(), image.manifest()));
  }

  /** Puts any bytes in as a manifest, well formed or not. */
  public ImageReference addManifest(String nameAndTag, String mediaType, byte[] manifest) {
    ImageReference reference = reference(nameAndTag);
    content.putManifest(
        reference.repository(),
        reference.tag().orElseThrow(),
        new RegistryContent.Manifest(mediaType, new Bytes(manifest)));
    return reference;
  }

  /** Puts any bytes in as a blob of a repository. */
  public Digest addBlob(String repository, byte[] blob) {
    Digest digest = Digest.sha256(blob);
    content.putBlob(repository, digest, new Bytes(blob));
    return digest;
  }

  /** What a client has pushed, or a test has put in. */
  public Optional<Bytes> blob(Digest digest) {
    return content.blob(digest);
  }

  /** What is to go wrong. */
  public RegistryFaults faults() {
    return faults;
  }

  /** All requests so far, in the order in which they came. */
  public List<RegistryRequest> requests() {
    return List.copyOf(requests);
  }

  /** How often a blob's content was asked for here, redirects to it not counted twice. */
  public long blobFetches(Digest digest) {
    return requests.stream()
        .filter(request -> request.server().equals("registry") && request.isBlobFetch())
        .filter(request -> request.path().endsWith("/" + digest))
        .count();
  }

  /**
   * How many bytes of the bodies of its answers were sent for paths that match a regular
   * expression; also those that the client did not get any more, as it had gone.
   */
  public long sentBytes(String pathRegex) {
    return traffic.entrySet().stream()
        .filter(entry -> entry.getKey().matches(pathRegex))
        .mapToLong(entry -> entry.getValue().sum())
        .sum();
  }

  /** Forgets the requests so far, and what was sent. */
  public void forgetRequests() {
    requests.clear();
    traffic.clear();
  }

  /** Lets no token that it has given so far be valid any longer. */
  public void expireTokens() {
    access.expireTokens();
  }

  /** Ends all connections; nothing of it remains. */
  @Override
  public void close() {
    registry.close();
    if (storage != null) {
      storage.close();
    }
    executor.shutdownNow();
  }

  /** Configures a registry. Not thread-safe. */
  public static final class Builder {
    private RegistryAccess.Kind access = RegistryAccess.Kind.OPEN;
    private Optional<String> userAndPassword = Optional.empty();
    private String identityToken = "";
    private Duration tokenLifetime = Duration.ofMinutes(5);
    private boolean blobsElsewhere;
    private @Nullable SSLContext tls;

    private Builder() {}

    /** Wants basic authentication, as this user. */
    public Builder basicAuthentication(String user, String password) {
      access = RegistryAccess.Kind.BASIC;
      userAndPassword = Optional.of(user + ":" + password);
      return this;
    }

    /** Wants bearer tokens, which its token server gives to anybody. */
    public Builder tokens() {
      access = RegistryAccess.Kind.TOKEN;
      return this;
    }

    /** Wants bearer tokens, which its token server gives to this user. */
    public Builder tokens(String user, String password) {
      userAndPassword = Optional.of(user + ":" + password);
      return tokens();
    }

    /** Gives bearer tokens for this identity token too. */
    public Builder identityToken(String token) {
      identityToken = token;
      return this;
    }

    /** How long tokens are said to be valid; five minutes if not set. */
    public Builder tokenLifetime(Duration lifetime) {
      tokenLifetime = lifetime;
      return this;
    }

    /** Leads blob fetches on to a second server, at another port. */
    public Builder blobsElsewhere() {
      blobsElsewhere = true;
      return this;
    }

    /** Speaks HTTPS with the certificate in this context, which must be one for localhost. */
    public Builder tls(SSLContext context) {
      tls = context;
      return this;
    }

    /** Starts it. */
    public EmbeddedRegistry start() {
      return new EmbeddedRegistry(this);
    }
  }
}

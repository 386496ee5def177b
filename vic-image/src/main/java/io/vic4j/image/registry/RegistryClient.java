package io.vic4j.image.registry;

import io.vic4j.core.ImageReference;
import io.vic4j.core.Progress;
import io.vic4j.core.http.ClientKeys;
import io.vic4j.core.http.HttpClients;
import io.vic4j.core.http.Trust;
import io.vic4j.image.ImageSource;
import io.vic4j.image.ImageSources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Reads images from registries, and writes them to registries, that speak the OCI distribution
 * specification 1.1, or the Docker Registry HTTP API v2 that it grew out of.
 *
 * <pre>{@code
 * try (RegistryClient client = RegistryClient.builder().build();
 *     ImageSource source = client.open(ImageReference.parse("registry.example/app:1.2"))) {
 *   RawManifest manifest = source.manifest();
 * }
 * }</pre>
 *
 * <p><b>Which protocol.</b> HTTPS, with the certificates that this Java runtime trusts and those of
 * {@link Builder#trust}; a certificate is never waved through. Registries on this machine ({@code
 * localhost}, {@code 127.0.0.0/8}, {@code [::1]}) are asked by plain HTTP unless {@link
 * Builder#https} names them; others only where {@link Builder#plainHttp} names them. {@code
 * docker.io} is asked at {@code registry-1.docker.io}. All goes over HTTP/1.1: one connection for
 * each blob under way, so that to give up one blob does not disturb the others.
 *
 * <p><b>Signing in.</b> Every registry is asked anonymously first. If it wants more, the {@link
 * CredentialSource} is asked, and basic or bearer-token authentication follows as the registry
 * says. Tokens are kept in memory until they expire, for each repository, and fetched once where
 * several threads need one. Credentials go only to the registry itself and to the token server that
 * it names, never along with a redirect to another host.
 *
 * <p><b>Mirrors.</b> Where a registry has {@linkplain Builder#mirror mirrors}, they are asked
 * first, in their order, and the registry itself last. Who fails, whatever it is that fails, is
 * passed over; a blob that breaks off for good goes on with the next, at the byte where it broke
 * off. A mirror is believed for what a tag stands for.
 *
 * <p><b>Trouble.</b> Dropped and stalled connections, 408, 429 and 5xx are tried again as the
 * {@link RetryPolicy} says; a blob goes on where it broke off. A host that cannot be reached at all
 * is reported at once. An interrupted thread gets a {@link io.vic4j.core.CancelledException}, and
 * its request is given up.
 *
 * <p><b>HTTP.</b> Over TLS, HTTP/2 is spoken with servers that offer it, else HTTP/1.1. What an
 * HTTP/2 server sends ahead of who reads it is kept in memory, up to 16 MiB a blob and 32 MiB a
 * connection: only a property of the Java runtime says otherwise.
 *
 * <p><b>Threads.</b> A client is thread-safe and meant to be shared. It needs a few threads for its
 * connections: the caller's executor, or its own. The Java runtime's HTTP client adds one daemon
 * thread for plain HTTP and one for HTTPS. {@link #close} ends them all, but for the caller's.
 */
public final class RegistryClient implements ImageSources, AutoCloseable {
  private final Hosts hosts;
  private final RegistryPolicy policy;
  private final CredentialSource credentials;
  private final RetryPolicy retryPolicy;
  private final ForeignLayers foreignLayers;
  private final Sleeper sleeper;
  private final @Nullable KeptUploads uploads;
  private final InstantSource clock;
  private final Transport transport;
  private final @Nullable ExecutorService rangeThreads;
  private final ParallelRanges ranges;
  private final @Nullable ExecutorService ownThreads;
  private final Map<String, Authorizer> authorizers = new ConcurrentHashMap<>();
  private final Set<RegistrySource> sources = new HashSet<>();
  private final Set<Calls> working = new HashSet<>();
  private boolean closed;

  private RegistryClient(Builder builder) {
    this.hosts = new Hosts(builder.plainHttpHosts, builder.httpsHosts, builder.mirrors);
    this.policy = builder.policy;
    this.credentials = builder.credentials;
    this.retryPolicy = builder.retryPolicy;
    this.foreignLayers = builder.foreignLayers;
    this.sleeper = builder.sleeper;
    this.uploads = builder.uploads;
    this.clock = builder.clock;
    SSLContext trusting =
        builder.trustedPem.isEmpty() && builder.clientKeys.isEmpty()
            ? null
            : Trust.contextTrusting(builder.trustedPem, builder.clientKeys);
    this.ownThreads = builder.executor == null ? ClientThreads.named("vic4j-registry") : null;
    this.rangeThreads =
        builder.parallelRanges == 1 ? null : ClientThreads.named("vic4j-registry-range");
    this.ranges = new ParallelRanges(builder.parallelRanges, rangeThreads);
    Executor executor = ownThreads == null ? builder.executor : ownThreads;
    this.transport =
        new Transport(
            new HttpClients(
                Objects.requireNonNull(executor),
                builder.connectTimeout,
                trusting,
                builder.proxies,
                HttpClient.Version.HTTP_2),
            builder.proxies instanceof ProxyRules rules ? rules : null,
            policy,
            Transport.userAgent(),
            builder.responseTimeout,
            builder.stallTimeout);
  }

  /** A client to configure. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * The image that a reference names, in its registry. Nothing is asked for yet.
   *
   * @throws io.vic4j.image.RefusedException if the {@link Builder#policy} does not allow it
   * @throws IllegalStateException if this client is closed
   */
  @Override
  public synchronized ImageSource open(ImageReference reference) {
    if (closed) {
      throw new IllegalStateException("this registry client is closed");
    }
    policy.check(reference);
    List<RegistrySource> all = new ArrayList<>();
    hosts.mirrors(reference).forEach(mirror -> all.add(source(mirror)));
    all.add(source(reference));
    return all.size() == 1 ? all.get(0) : new MirroredSource(reference.toString(), all);
  }

  private RegistrySource source(ImageReference reference) {
    Calls calls = new Calls(reference.toString());
    RegistrySource source =
        new RegistrySource(
            reference,
            repository(reference, calls),
            calls,
            retryPolicy,
            sleeper,
            foreignLayers,
            hosts,
            ranges,
            this::forget);
    sources.add(source);
    return source;
  }

  private Repository repository(ImageReference reference, Calls calls) {
    return repository(reference.registry(), reference.repository(), calls);
  }

  private Repository repository(String registry, String name, Calls calls) {
    Authorizer authorizer =
        authorizers.computeIfAbsent(
            registry, host -> new Authorizer(host, hosts, credentials, transport, clock));
    return new Repository(
        registry, name, hosts.root(registry), transport, authorizer, clock, calls);
  }

  /**
   * Copies an image to a registry: what the source's reference names, with all images of an index.
   * Blobs go first, manifests after them, and what the tag is for last; so nobody sees an image
   * that is not whole. What the repository has already is left as it is; blobs that another
   * repository of the registry is known to have are mounted from there; others are sent in chunks,
   * several blobs at a time, and one that breaks off goes on with the chunk that is missing; in
   * another process, too, where {@linkplain Builder#uploads uploads are noted}.
   *
   * <p>Layers that are not to be distributed are left out where the source does not have them.
   *
   * @param target where to; if it has a digest, it must be the image's
   * @throws io.vic4j.core.InvalidArgumentException if the target's digest is not the image's
   * @throws io.vic4j.core.CorruptException if the registry did not get, or does not have, what was
   *     sent
   * @throws io.vic4j.image.RefusedException if the {@link Builder#policy} does not allow it
   * @throws IllegalStateException if this client is closed
   */
  public PushResult push(
      ImageSource image, ImageReference target, PushOptions options, Progress progress) {
    policy.check(target);
    Calls calls = new Calls("push to " + target, "pull,push");
    add(calls);
    try {
      Repository repository = repository(target, calls);
      Function<String, Attempts> attempts =
          what -> new Attempts(retryPolicy, sleeper, repository::isReached, what);
      return new Push(repository, attempts, image, target, options, uploads).run(progress);
    } finally {
      calls.close();
      remove(calls);
    }
  }

  /**
   * The tags of a repository, sorted. Mirrors are not asked: they may not have all.
   *
   * @param repository the name of any image in it; its tag and digest do not matter
   * @param limit how many there may be at most
   * @throws io.vic4j.core.NotFoundException if there is no such repository
   * @throws io.vic4j.core.UnsupportedException if there are more tags than the limit
   * @throws io.vic4j.image.RefusedException if the {@link Builder#policy} does not allow it
   * @throws IllegalStateException if this client is closed
   */
  public List<String> tags(ImageReference repository, int limit) {
    policy.check(repository);
    Calls calls = new Calls("listing of " + repository.name());
    return list(
        repository(repository, calls),
        calls,
        new Repository.Target("tags/list", "repository", repository.name()),
        "tags",
        limit);
  }

  /**
   * The repositories of a registry, sorted, as far as the registry tells them: many do not, or only
   * to some. Those that the {@link Builder#policy} does not allow are left out.
   *
   * @param registry as references name it, {@code host[:port]}
   * @param limit how many there may be at most
   * @throws io.vic4j.core.NotFoundException if the registry does not tell
   * @throws io.vic4j.core.UnsupportedException if there are more than the limit
   * @throws IllegalStateException if this client is closed
   */
  public List<ImageReference> repositories(String registry, int limit) {
    Calls calls = new Calls("catalog of " + registry, "*");
    Repository catalog = repository(registry, "", calls);
    Repository.Target target = new Repository.Target("_catalog", "catalog", registry);
    return list(catalog, calls, target, "repositories", limit).stream()
        .flatMap(name -> Listing.reference(registry, name).stream())
        .filter(policy::allows)
        .toList();
  }

  private List<String> list(
      Repository repository, Calls calls, Repository.Target target, String field, int limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("the limit must be positive, not " + limit);
    }
    add(calls);
    try {
      Attempts attempts =
          new Attempts(retryPolicy, sleeper, repository::isReached, "list " + target);
      return new Listing(repository, attempts, target, field, limit)
          .read(repository.uri(target.path()));
    } finally {
      calls.close();
      remove(calls);
    }
  }

  private synchronized void add(Calls calls) {
    if (closed) {
      throw new IllegalStateException("this registry client is closed");
    }
    working.add(calls);
  }

  private synchronized void remove(Calls calls) {
    working.remove(calls);
  }

  private synchronized void forget(RegistrySource source) {
    sources.remove(source);
  }

  /** Ends all sources of this client, their streams and the client's own threads. */
  @Override
  public void close() {
    List<RegistrySource> open;
    List<Calls> under;
    synchronized (this) {
      closed = true;
      open = List.copyOf(sources);
      under = List.copyOf(working);
    }
    under.forEach(Calls::close);
    open.forEach(RegistrySource::close);
    transport.close();
    if (ownThreads != null) {
      ownThreads.shutdown();
    }
    if (rangeThreads != null) {
      rangeThreads.shutdown();
    }
  }

  /** Configures a client. Not thread-safe. */
  public static final class Builder {
    final Set<String> plainHttpHosts = new TreeSet<>();
    final Set<String> httpsHosts = new TreeSet<>();
    final List<String> trustedPem = new ArrayList<>();
    final Map<String, List<String>> mirrors = new TreeMap<>();
    ClientKeys clientKeys = ClientKeys.none();
    RegistryPolicy policy = RegistryPolicy.ANY;
    @Nullable ProxySelector proxies;
    CredentialSource credentials = CredentialSource.anonymous();
    RetryPolicy retryPolicy = RetryPolicy.DEFAULT;
    ForeignLayers foreignLayers = ForeignLayers.FROM_REGISTRY;
    int parallelRanges = 1;
    @Nullable KeptUploads uploads;
    Duration connectTimeout = Duration.ofSeconds(10);
    Duration responseTimeout = Duration.ofSeconds(60);
    Duration stallTimeout = Duration.ofSeconds(30);
    Sleeper sleeper = Sleeper.system();
    InstantSource clock = InstantSource.system();
    @Nullable Executor executor;

    private Builder() {}

    /** Where credentials come from; by default nowhere. */
    public Builder credentials(CredentialSource source) {
      this.credentials = source;
      return this;
    }

    /** Asks a registry by plain HTTP; names it as references do, {@code host[:port]}. */
    public Builder plainHttp(String registry) {
      plainHttpHosts.add(registry);
      return this;
    }

    /** Asks a registry on this machine by HTTPS; names it as references do, {@code host[:port]}. */
    public Builder https(String registry) {
      httpsHosts.add(registry);
      return this;
    }

    /** Trusts the certificates in a PEM file too, for this client only. */
    public Builder trust(Path pemFile) {
      try {
        return trust(Files.readAllBytes(pemFile));
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read certificates from " + pemFile, e);
      }
    }

    /** Trusts these certificates in PEM too, for this client only. */
    public Builder trust(byte[] pem) {
      trustedPem.add(new String(pem, StandardCharsets.UTF_8));
      return this;
    }

    /**
     * Shows this certificate to a registry that asks for one; to no other.
     *
     * @param registry as references name it, {@code host[:port]}
     * @param certificates in PEM: the certificate, and those that lead to its CA after it
     * @param key in PEM: its private key as PKCS#8, without a password
     * @throws io.vic4j.core.InvalidArgumentException if either cannot be read
     */
    public Builder clientCertificate(String registry, Path certificates, Path key) {
      try {
        clientKeys =
            clientKeys.with(registry, Files.readString(certificates), Files.readString(key));
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read the client certificate of " + registry, e);
      }
      return this;
    }

    /** Which registries may be used; all if not set. */
    public Builder policy(RegistryPolicy newPolicy) {
      this.policy = newPolicy;
      return this;
    }

    /**
     * Asks a mirror first for what is in a registry; several are asked in the order they are named.
     *
     * @param registry as references name it, {@code host[:port]}
     * @param mirror {@code host[:port]}, and where it keeps the registry's repositories below a
     *     path, {@code /path}
     * @throws io.vic4j.core.InvalidArgumentException if it is none
     */
    public Builder mirror(String registry, String mirror) {
      mirrors.computeIfAbsent(registry, name -> new ArrayList<>()).add(Hosts.checkedMirror(mirror));
      return this;
    }

    /**
     * Which proxy leads to an address, such as {@link ProxyRules}; as this Java runtime is set up,
     * if not set.
     */
    public Builder proxy(ProxySelector selector) {
      this.proxies = selector;
      return this;
    }

    /** What becomes of layers that registries need not have; taken from there, if not set. */
    public Builder foreignLayers(ForeignLayers policy) {
      this.foreignLayers = policy;
      return this;
    }

    /**
     * Over how many connections a large blob is fetched at once, in parts; over one, if not set.
     * More pay where a registry, or what is before it, gives each connection only so much. Blobs of
     * 32 MiB and more are fetched so; each connection holds up to 8 MiB in memory.
     */
    public Builder parallelRanges(int connections) {
      if (connections < 1) {
        throw new IllegalArgumentException("at least one connection is needed: " + connections);
      }
      this.parallelRanges = connections;
      return this;
    }

    /**
     * Where it is noted how far uploads have come, so that a push that broke off goes on in another
     * process; nowhere, if not set.
     */
    public Builder uploads(KeptUploads uploads) {
      this.uploads = uploads;
      return this;
    }

    /** How often to try again; {@link RetryPolicy#DEFAULT} if not set. */
    public Builder retryPolicy(RetryPolicy policy) {
      this.retryPolicy = policy;
      return this;
    }

    /** How long a connection may take to be made; 10 s if not set. */
    public Builder connectTimeout(Duration timeout) {
      this.connectTimeout = positive(timeout);
      return this;
    }

    /** How long an answer may take to begin; 60 s if not set. */
    public Builder responseTimeout(Duration timeout) {
      this.responseTimeout = positive(timeout);
      return this;
    }

    /** How long a begun answer may bring nothing before it is given up; 30 s if not set. */
    public Builder stallTimeout(Duration timeout) {
      this.stallTimeout = positive(timeout);
      return this;
    }

    /** Runs the connections' work; it stays the caller's to end, after this client is closed. */
    public Builder executor(Executor callers) {
      this.executor = callers;
      return this;
    }

    /** How to wait between attempts; in real time if not set. */
    public Builder sleeper(Sleeper waiting) {
      this.sleeper = waiting;
      return this;
    }

    /** What the time is, for tokens that expire; the system's clock if not set. */
    public Builder clock(InstantSource source) {
      this.clock = source;
      return this;
    }

    /**
     * A client as configured.
     *
     * @throws io.vic4j.core.InvalidArgumentException if certificates to trust cannot be read
     */
    public RegistryClient build() {
      return new RegistryClient(this);
    }

    private static Duration positive(Duration timeout) {
      if (timeout.isNegative() || timeout.isZero()) {
        throw new IllegalArgumentException("a timeout must be positive, not " + timeout);
      }
      return timeout;
    }
  }
}

package io.vic4j.pod.kubernetes.kubelet;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.UnavailableException;
import io.vic4j.pod.PodLifecycle;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTPS API of a node, as a kube-apiserver and a metrics-server speak to it: logs, commands,
 * attachments and ports of pods, the pods of the node, and what they use.
 *
 * <pre>{@code
 * try (KubeletServer server =
 *     KubeletServer.builder(host.pods(), () -> podListJson)
 *         .nodeName("vic-1")
 *         .certificate(Path.of("kubelet.crt"), Path.of("kubelet.key"))
 *         .clientCa(Path.of("ca.crt"))
 *         .authorizer((user, verb, subresource) -> user.groups().contains("system:masters"))
 *         .start()) {
 *   node.announce(server.port());
 *   ...
 * }
 * }</pre>
 *
 * <p><b>What it serves.</b>
 *
 * <pre>
 * GET       /containerLogs/{namespace}/{pod}/{container}     with the parameters of PodLogOptions
 * GET POST  /exec/{namespace}/{pod}[/{uid}]/{container}      by WebSocket or SPDY/3.1
 * GET POST  /attach/{namespace}/{pod}[/{uid}]/{container}    by WebSocket or SPDY/3.1
 * GET POST  /portForward/{namespace}/{pod}[/{uid}]           by WebSocket or SPDY/3.1, or SPDY in WebSocket
 * POST      /run/{namespace}/{pod}[/{uid}]/{container}       a command that prints little
 * GET       /pods  /stats/summary  /metrics/resource  /metrics  /healthz
 * </pre>
 *
 * <p><b>Who may.</b> A client shows who it is by a certificate of the {@linkplain Builder#clientCa
 * CA of clients}, or by a {@linkplain Builder#tokens token}; one that has a certificate of another
 * CA gets no connection, one that shows nothing gets 401. Then the {@linkplain Builder#authorizer
 * authorizer} decides; if it denies, the client gets 403.
 *
 * <p><b>Errors.</b> Answers have the status of what went wrong, and a line of text: 400 for
 * parameters that cannot be, 404 where there is no such pod or container, 409 where a container
 * does not run, 501 for what the hypervisor does not support, 503 with too many streams or without
 * an answer of the hypervisor. What goes wrong after a connection has become one of WebSocket or
 * SPDY is told on its error stream.
 *
 * <p><b>Bounds.</b> Streams go as fast as the slower of both sides, and hold at most about a
 * megabyte of each connection. There are at most {@link Builder#maxStreams} of them. One on which
 * nothing comes or goes for the {@linkplain Builder#streamIdleTimeout idle timeout} is closed. A
 * command ends with its client's connection.
 *
 * <p>Thread-safe. Whoever starts it closes it; that ends all connections, and its threads. The pods
 * stay the caller's.
 *
 * <p>Sources: Kubernetes, "Kubelet authentication/authorization"; {@code pkg/kubelet/server},
 * {@code k8s.io/apimachinery/pkg/util/remotecommand} and {@code .../httpstream}, for the paths and
 * the protocols; KEP 4006 for version 5 of the WebSocket protocol and for SPDY in WebSocket.
 */
public final class KubeletServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(KubeletServer.class);
  private static final int LOOP_THREADS = 2;
  private static final int CLOSE_SECONDS = 10;

  private final Workers workers;
  private final EventLoopGroup loops;
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final InetSocketAddress address;

  private KubeletServer(Builder builder, ServerTls tls) {
    this.workers = new Workers(builder.maxStreams);
    this.loops = new NioEventLoopGroup(LOOP_THREADS, new DefaultThreadFactory("vic-kubelet", true));
    KubeletApi api =
        new KubeletApi(
            builder.pods,
            builder.node,
            builder.nodeName,
            new Authentication(builder.tokens, builder.anonymous),
            builder.chosenAuthorizer(),
            workers,
            builder.time,
            builder.streamIdleTimeout);
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childHandler(
                new KubeletChannel(
                    tls::context, workers, api::serve, connections::add, builder.maxConnections))
            .bind(builder.address)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      close();
      throw new UnavailableException("cannot listen at " + builder.address, bound.cause());
    }
    connections.add(bound.channel());
    Channel channel = bound.channel();
    this.address = (InetSocketAddress) channel.localAddress();
    log.info("the API of node {} is at {}", builder.nodeName, address);
  }

  /**
   * A server to be described.
   *
   * @param pods whose logs, processes, ports and use it serves
   * @param node the rest that is to be known of them
   */
  public static Builder builder(PodLifecycle pods, KubeletPods node) {
    return new Builder(pods, node);
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return address;
  }

  /** The port at which it listens. */
  public int port() {
    return address.getPort();
  }

  /** How many streams clients have open: logs, processes and connections to ports. */
  public int openStreams() {
    return workers.openStreams();
  }

  /** Ends all connections and threads. Closing twice is fine. */
  @Override
  public void close() {
    connections.close().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
    workers.close();
    loops
        .shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS)
        .awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
  }

  /** Describes a server. For use by one thread. */
  public static final class Builder {
    // The kubelet's own: port 10250, and 4 hours of streamingConnectionIdleTimeout.
    private static final int DEFAULT_PORT = 10_250;
    private static final Duration DEFAULT_IDLE = Duration.ofHours(4);
    private static final int DEFAULT_STREAMS = 256;
    private static final int DEFAULT_CONNECTIONS = 1024;

    private final PodLifecycle pods;
    private final KubeletPods node;
    private String nodeName = "vic";
    private InetSocketAddress address = new InetSocketAddress(DEFAULT_PORT);
    private @Nullable Supplier<String> certificates;
    private @Nullable Supplier<String> key;
    private @Nullable Supplier<String> clientCa;
    private TokenAuthenticator tokens = TokenAuthenticator.NONE;
    private @Nullable KubeletAuthorizer authorizer;
    private boolean anonymous;
    private Duration streamIdleTimeout = DEFAULT_IDLE;
    private int maxStreams = DEFAULT_STREAMS;
    private int maxConnections = DEFAULT_CONNECTIONS;
    private InstantSource time = InstantSource.system();

    private Builder(PodLifecycle pods, KubeletPods node) {
      this.pods = pods;
      this.node = node;
    }

    /** What the node is called, in {@code /stats/summary}; {@code vic} unless set. */
    public Builder nodeName(String name) {
      nodeName = name;
      return this;
    }

    /** Where to listen; port 10250 of all addresses unless set. Port 0 takes a free one. */
    public Builder address(InetSocketAddress address) {
      this.address = address;
      return this;
    }

    /**
     * The server's certificates, its own first, and its key, in PEM; needed. Keys may be in PKCS
     * #8, PKCS #1 or SEC 1, and without a password.
     */
    public Builder certificate(String certificates, String key) {
      this.certificates = () -> certificates;
      this.key = () -> key;
      return this;
    }

    /**
     * The server's certificates and its key, of files. They are read now, and again with each
     * connection: what they are replaced by counts for connections that begin later. Those before
     * stay in use while the new ones cannot be read, or do not belong together.
     *
     * @throws InvalidArgumentException if they cannot be read
     */
    public Builder certificate(Path certificates, Path key) {
      this.certificates = file(certificates);
      this.key = file(key);
      return this;
    }

    /**
     * Whose certificates show who a client is: certificates of CAs, in PEM. Unless set, clients are
     * not asked for any.
     */
    public Builder clientCa(String certificates) {
      clientCa = () -> certificates;
      return this;
    }

    /**
     * The CA of clients, of a file, which is read as that of the {@linkplain #certificate(Path,
     * Path) server's certificates}.
     *
     * @throws InvalidArgumentException if it cannot be read
     */
    public Builder clientCa(Path certificates) {
      clientCa = file(certificates);
      return this;
    }

    /** Tells who has a token; nobody has one unless set. */
    public Builder tokens(TokenAuthenticator tokens) {
      this.tokens = tokens;
      return this;
    }

    /** Tells who may do what; needed. */
    public Builder authorizer(KubeletAuthorizer authorizer) {
      this.authorizer = authorizer;
      return this;
    }

    /**
     * Lets those who show nothing be {@code system:anonymous}, of whom the authorizer is asked;
     * unless told so, they get 401.
     */
    public Builder anonymous(boolean anonymous) {
      this.anonymous = anonymous;
      return this;
    }

    /** How long nothing may come or go on a connection of streams; 4 hours unless set. */
    public Builder streamIdleTimeout(Duration timeout) {
      streamIdleTimeout = timeout;
      return this;
    }

    /** How many logs, processes and connections to ports may be open at once; 256 unless set. */
    public Builder maxStreams(int streams) {
      maxStreams = streams;
      return this;
    }

    /** How many connections there may be; more are closed at once. 1024 unless set. */
    public Builder maxConnections(int connections) {
      maxConnections = connections;
      return this;
    }

    /** The time of the pods; the system's unless set. */
    public Builder timeSource(InstantSource time) {
      this.time = time;
      return this;
    }

    /**
     * Starts it.
     *
     * @return the server, which the caller closes
     * @throws InvalidArgumentException if something needed is missing, or cannot be
     * @throws UnavailableException if it cannot listen there
     */
    public KubeletServer start() {
      if (certificates == null || key == null || authorizer == null) {
        throw new InvalidArgumentException(
            "a server needs a certificate with its key, and an authorizer");
      }
      if (maxStreams < 1 || maxConnections < 1) {
        throw new InvalidArgumentException(
            maxStreams + " streams on " + maxConnections + " connections; want 1 or more of each");
      }
      if (streamIdleTimeout.isZero() || streamIdleTimeout.isNegative()) {
        throw new InvalidArgumentException("an idle timeout of " + streamIdleTimeout);
      }
      return new KubeletServer(this, new ServerTls(certificates, key, clientCa));
    }

    private KubeletAuthorizer chosenAuthorizer() {
      return authorizer == null ? (user, verb, subresource) -> false : authorizer;
    }

    private static Supplier<String> file(Path file) {
      String unused = read(file); // So that it is known at once if it cannot be.
      return () -> read(file);
    }

    private static String read(Path file) {
      try {
        return Files.readString(file);
      } catch (IOException e) {
        throw new InvalidArgumentException("cannot read " + file, e);
      }
    }
  }
}

package io.vic4j.core.vsphere;

import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.datastore.DatastorePath;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where on vSphere virtual container hosts are to stand: the server, and which of its things they
 * may use.
 *
 * <p>Things are named as people see them in the inventory: by their name where one in the
 * datacenter has it, or by their inventory path, such as {@code /Datacenters/east/dc-1}. What is
 * not named is chosen where there is one only.
 *
 * <p>Immutable; {@link #toString} shows no password.
 */
public final class VsphereSettings {
  /**
   * Who logs in.
   *
   * @param user such as {@code vic@vsphere.local}
   * @param password never logged, nor shown
   */
  public record Credentials(String user, String password) {
    /** The user alone. */
    @Override
    public String toString() {
      return "Credentials[" + user + "]";
    }
  }

  /** How the content of disks gets to the datastore. */
  public enum DiskTransfer {
    /** As a stream-optimized VMDK through an import lease: on any datastore; holes are not sent. */
    IMPORT,
    /**
     * As a flat extent by HTTP: for VMFS and NFS only. Needs no right to make VMs, and sends all
     * bytes, zeros too.
     */
    FLAT
  }

  private final URI server;
  private final Credentials credentials;
  private final ServerTrust trust;
  private final @Nullable String datacenter;
  private final @Nullable String pool;
  private final @Nullable String host;
  private final @Nullable String datastore;
  private final String root;
  private final String folder;
  private final List<String> networks;
  private final @Nullable DatastorePath bootstrapIso;
  private final DiskTransfer diskTransfer;
  private final Duration answerTimeout;
  private final Duration taskTimeout;
  private final Duration patience;

  private VsphereSettings(Builder builder) {
    this.server = builder.server;
    this.credentials = builder.credentials;
    this.trust = builder.trust;
    this.datacenter = builder.datacenter;
    this.pool = builder.pool;
    this.host = builder.host;
    this.datastore = builder.datastore;
    this.root = builder.root;
    this.folder = builder.folder == null ? builder.root : builder.folder;
    this.networks = List.copyOf(builder.networks);
    this.bootstrapIso = builder.bootstrapIso;
    this.diskTransfer = builder.diskTransfer;
    this.answerTimeout = builder.answerTimeout;
    this.taskTimeout = builder.taskTimeout;
    this.patience = builder.patience;
  }

  /**
   * Settings to be.
   *
   * @param server the vCenter Server or ESXi host: {@code https://vc.example}, or {@code
   *     https://vc.example/sdk}
   * @throws InvalidArgumentException if that is no address of a server, or has no TLS
   */
  public static Builder builder(String server, Credentials credentials) {
    return new Builder(address(server), credentials);
  }

  private static URI address(String server) {
    try {
      URI uri = new URI(server.strip());
      boolean plain =
          "https".equalsIgnoreCase(uri.getScheme())
              && uri.getHost() != null
              && uri.getRawUserInfo() == null
              && uri.getRawQuery() == null
              && uri.getRawFragment() == null;
      if (plain) {
        String path = uri.getPath().isEmpty() || uri.getPath().equals("/") ? "/sdk" : uri.getPath();
        return new URI("https", null, uri.getHost(), uri.getPort(), path, null, null);
      }
    } catch (URISyntaxException e) {
      // Said below: the text may hold a password, and is not repeated.
    }
    throw new InvalidArgumentException(
        "not the address of a vSphere server (want https://HOST[:PORT][/sdk], without a user)");
  }

  /** Where the API is: {@code https://…/sdk}. */
  public URI server() {
    return server;
  }

  /** Who logs in. */
  public Credentials credentials() {
    return credentials;
  }

  ServerTrust trust() {
    return trust;
  }

  /** The datacenter's name or inventory path. */
  public Optional<String> datacenter() {
    return Optional.ofNullable(datacenter);
  }

  /** The resource pool's, vApp's, cluster's or host's name or inventory path. */
  public Optional<String> pool() {
    return Optional.ofNullable(pool);
  }

  /** The name of the host that VMs are made on. */
  public Optional<String> host() {
    return Optional.ofNullable(host);
  }

  /** The datastore's name. */
  public Optional<String> datastore() {
    return Optional.ofNullable(datastore);
  }

  /** The folder on the datastore below which everything stands. */
  public String root() {
    return root;
  }

  /** The inventory folder below which the VMs stand, relative to the datacenter's VM folder. */
  public String folder() {
    return folder;
  }

  /** The networks that must be there. */
  public List<String> networks() {
    return networks;
  }

  /** What VMs boot from where they do not say. */
  public Optional<DatastorePath> bootstrapIso() {
    return Optional.ofNullable(bootstrapIso);
  }

  /** How the content of disks gets to the datastore. */
  public DiskTransfer diskTransfer() {
    return diskTransfer;
  }

  Duration answerTimeout() {
    return answerTimeout;
  }

  Duration taskTimeout() {
    return taskTimeout;
  }

  Duration patience() {
    return patience;
  }

  /** The server and the user. */
  @Override
  public String toString() {
    return "VsphereSettings[" + server + ", " + credentials.user() + "]";
  }

  /** Puts {@link VsphereSettings} together. For use by one thread. */
  public static final class Builder {
    private final URI server;
    private final Credentials credentials;
    private ServerTrust trust = ServerTrust.runtime();
    private @Nullable String datacenter;
    private @Nullable String pool;
    private @Nullable String host;
    private @Nullable String datastore;
    private String root = "vic";
    private @Nullable String folder;
    private final List<String> networks = new ArrayList<>();
    private @Nullable DatastorePath bootstrapIso;
    private DiskTransfer diskTransfer = DiskTransfer.IMPORT;
    private Duration answerTimeout = Duration.ofSeconds(60);
    private Duration taskTimeout = Duration.ofMinutes(30);
    private Duration patience = Duration.ofSeconds(10);

    private Builder(URI server, Credentials credentials) {
      this.server = server;
      this.credentials = credentials;
    }

    /** Whose certificate the server must have; {@link ServerTrust#runtime} unless set. */
    public Builder trust(ServerTrust trust) {
      this.trust = trust;
      return this;
    }

    /** The datacenter, by name or inventory path; the only one there is unless set. */
    public Builder datacenter(String datacenter) {
      this.datacenter = datacenter;
      return this;
    }

    /**
     * Where VMs get their processors and memory from: a resource pool, a vApp, or a cluster or host
     * for its root pool; by name or inventory path. The only cluster or host there is unless set.
     */
    public Builder pool(String pool) {
      this.pool = pool;
      return this;
    }

    /** The host that VMs are made on, by name; chosen by vSphere unless set. */
    public Builder host(String host) {
      this.host = host;
      return this;
    }

    /** Where images, disks and VMs are kept, by name; the only datastore there is unless set. */
    public Builder datastore(String datastore) {
      this.datastore = datastore;
      return this;
    }

    /**
     * The folder on the datastore for everything but the VMs' own files; {@code vic} unless set.
     * Hosts that share images share it.
     */
    public Builder root(String root) {
      if (DatastorePath.parse(root).isRoot()) {
        throw new InvalidArgumentException("root: want the name of a folder on the datastore");
      }
      this.root = root;
      return this;
    }

    /**
     * The inventory folder for the VMs, relative to the datacenter's VM folder; made if it is not
     * there. Called as the {@link #root} unless set. An ESXi host has no folders: what is set here
     * stands in the names of the VMs.
     *
     * <p>Who shares a root must share this folder as well: what VMs below it need is what a {@link
     * io.vic4j.core.vm.Hypervisor} knows to be in use.
     */
    public Builder folder(String folder) {
      this.folder = folder;
      return this;
    }

    /** Adds a network that must be there: a port group, distributed or not. */
    public Builder network(String network) {
      networks.add(network);
      return this;
    }

    /** What VMs boot from where they do not say, in the datastore, below the root. */
    public Builder bootstrapIso(DatastorePath iso) {
      this.bootstrapIso = iso;
      return this;
    }

    /** How the content of disks gets to the datastore; {@link DiskTransfer#IMPORT} unless set. */
    public Builder diskTransfer(DiskTransfer transfer) {
      this.diskTransfer = transfer;
      return this;
    }

    /** How long a call may take to be answered; 60 s unless set. */
    public Builder answerTimeout(Duration timeout) {
      this.answerTimeout = timeout;
      return this;
    }

    /** How long a task may take before it is cancelled; 30 minutes unless set. */
    public Builder taskTimeout(Duration timeout) {
      this.taskTimeout = timeout;
      return this;
    }

    /** How long a query about VMs waits for a broken connection; 10 s unless set. */
    Builder patience(Duration patience) {
      this.patience = patience;
      return this;
    }

    /** The settings. Whether all is there is found out by {@link Vsphere#open}. */
    public VsphereSettings build() {
      return new VsphereSettings(this);
    }
  }
}

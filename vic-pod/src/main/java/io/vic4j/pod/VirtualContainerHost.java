package io.vic4j.pod;

import io.vic4j.core.IdSource;
import io.vic4j.core.TimeSource;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreSpace;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.HypervisorCapacity;
import io.vic4j.core.vm.NetworkAttachment;
import io.vic4j.core.vsphere.Vsphere;
import io.vic4j.image.CollectedImages;
import io.vic4j.image.ImageCommits;
import io.vic4j.image.ImageService;
import io.vic4j.image.ImageSources;
import io.vic4j.image.ImageStore;
import io.vic4j.image.ImageStoreBuilder;
import io.vic4j.image.Images;
import io.vic4j.storage.FileDisks;
import io.vic4j.storage.LayerDisks;
import io.vic4j.storage.ScratchDisks;
import io.vic4j.storage.volume.VolumeStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One tenant's endpoint: images, containers and pods, over a hypervisor and a datastore. Here all
 * parts of the library come together.
 *
 * <pre>{@code
 * try (VirtualContainerHost vch =
 *     VirtualContainerHost.builder()
 *         .hypervisor(hypervisor)
 *         .datastore(datastore)
 *         .imageSources(registry::open)
 *         .build()) {
 *   PodKey web = PodKey.of("web");
 *   vch.pods().create(
 *       PodSpec.builder(web)
 *           .container(ContainerSpec.builder("registry.example/app:1.2").name("app").build())
 *           .build());
 *   vch.pods().start(web);
 * }
 * }</pre>
 *
 * <p>Nothing about containers and pods is kept but with their VMs: all who open a host of the same
 * name on the same hypervisor and datastore, one after the other or at once, see the same. Hosts of
 * different names share the image store's layers and see nothing else of each other. A host of one
 * name stands on one hypervisor.
 *
 * <p>Thread-safe. Closing it ends its watch on the hypervisor, pulls that are under way and its own
 * threads; what its builder was given stays the caller's, and the VMs go on.
 */
public final class VirtualContainerHost implements AutoCloseable {
  /** How large a scratch disk is unless told otherwise: 8 GiB, as VIC had it. */
  public static final long DEFAULT_SCRATCH_BYTES = 8L << 30;

  private final VchName name;
  private final Hypervisor hypervisor;
  private final Datastore datastore;
  private final List<NetworkAttachment> networks;
  private final Images images;
  private final Containers containers;
  private final PodLifecycle pods;
  private final Volumes volumes;
  private final LayersInUse layersInUse;
  private final ImageStore store;
  private final Owned owned;

  private VirtualContainerHost(Builder builder, Owned owned) {
    this.hypervisor = given(builder.hypervisor, "hypervisor");
    this.datastore = given(builder.datastore, "datastore");
    this.networks = List.copyOf(builder.networks);
    this.name = builder.name;
    this.owned = owned;
    TimeSource time = builder.timeSource != null ? builder.timeSource : owned.time();
    ImageService service =
        builder.imageService != null
            ? builder.imageService
            : owned.add(imageService(builder, datastore));
    this.store = service.store();
    this.images = service.images(name);
    Unfinished unfinished = new Unfinished(datastore, name, builder.idSource);
    HostVms hosts = new HostVms(hypervisor, store, unfinished, time, builder.idSource);
    ContainerVms vms =
        owned.add(
            ContainerVms.over(
                hypervisor,
                name.value(),
                time,
                builder.idSource,
                new StoppedFiles(datastore, builder.idSource, time, hosts)));
    unfinished.register();
    unfinished.sweep(builder.staleAfter, () -> LayersInUse.scratchFolders(vms));
    AttachedVolumes attached = new AttachedVolumes(hosts);
    VolumeStore volumeStore =
        VolumeStore.builder(datastore)
            .folder(builder.volumeFolder)
            .defaultSizeBytes(builder.volumeBytes)
            .idSource(builder.idSource)
            .clock(time)
            .build();
    volumeStore.finishRemovals(attached);
    this.volumes = new Volumes(volumeStore, attached, builder.staleAfter);
    VmAssembly assembly =
        new VmAssembly(
            new ImagePulls(images, owned.threads()),
            images,
            store,
            service.disks(),
            ScratchDisks.in(datastore, builder.idSource),
            FileDisks.in(datastore),
            volumes,
            unfinished,
            vms,
            new VmAssembly.Settings(
                Optional.ofNullable(builder.bootstrapIso),
                networks,
                builder.scratchBytes,
                builder.idSource));
    StoppedContainers stopped =
        new StoppedContainers(
            datastore,
            store,
            images.scope(),
            ImageCommits.in(datastore, store, service.disks(), builder.idSource),
            time);
    this.containers = new Containers(vms, assembly, volumes, stopped, builder.idSource);
    this.pods = new VmPods(vms, assembly, volumes, stopped, time, builder.idSource);
    this.layersInUse = new LayersInUse(hosts);
  }

  private static <T> T given(@Nullable T part, String what) {
    if (part == null) {
      throw new IllegalStateException("a virtual container host needs a " + what);
    }
    return part;
  }

  private static ImageService imageService(Builder builder, Datastore datastore) {
    LayerDisks disks = LayerDisks.builder(datastore).idSource(builder.idSource).build();
    ImageStore store =
        builder.imageStore != null
            ? builder.imageStore
            : ImageStoreBuilder.of(datastore, disks)
                .idSource(builder.idSource)
                .staleAfter(builder.staleAfter)
                .build();
    ImageService.Builder service = ImageService.builder(store, disks);
    if (builder.imageSources != null) {
      service.sources(builder.imageSources);
    }
    if (builder.executor != null) {
      service.executor(builder.executor);
    }
    return service.build();
  }

  /** A host to be; it needs a hypervisor and a datastore. */
  public static Builder builder() {
    return new Builder();
  }

  /** What it is called. */
  public VchName name() {
    return name;
  }

  /**
   * How much its hypervisor has for VMs now, and how much of that is in use, by those of other
   * hosts, too.
   *
   * @throws io.vic4j.core.UnavailableException if the hypervisor does not answer
   */
  public HypervisorCapacity capacity() {
    return hypervisor.capacity();
  }

  /**
   * Why its VMs cannot be connected to one of its networks now, for people; empty if they can.
   *
   * @throws io.vic4j.core.UnavailableException if the hypervisor does not answer
   */
  public Optional<String> networkProblem() {
    return networks.stream()
        .flatMap(network -> hypervisor.networkProblem(network.network()).stream())
        .findFirst();
  }

  /**
   * How much its datastore holds now; empty where nobody can say.
   *
   * @throws io.vic4j.core.UnavailableException if the datastore does not answer
   */
  public Optional<DatastoreSpace> space() {
    return datastore.space();
  }

  /** Its images. */
  public Images images() {
    return images;
  }

  /** Its containers. */
  public Containers containers() {
    return containers;
  }

  /** Its pods. */
  public PodLifecycle pods() {
    return pods;
  }

  /** Its volumes. */
  public Volumes volumes() {
    return volumes;
  }

  /**
   * Removes from the image store what no host uses any more: images without a name in any host, and
   * layers that no image needs, packed ones too. What a container or a pod was made from stays,
   * whatever host on this hypervisor and datastore it belongs to. VMs of another hypervisor cannot
   * be seen from here: a store that several hypervisors share must be collected from with the
   * knowledge of all of them, by {@link ImageStore#collect}.
   */
  public CollectedImages collectImages() {
    try (LayersInUse.View inUse = layersInUse.open()) {
      return store.collect(inUse::digests);
    }
  }

  /** Its name. */
  @Override
  public String toString() {
    return "VirtualContainerHost[" + name + "]";
  }

  @Override
  public void close() {
    owned.close();
  }

  /** Puts a {@link VirtualContainerHost} together. For use by one thread. */
  public static final class Builder {
    @Nullable Hypervisor hypervisor;
    @Nullable Datastore datastore;
    VchName name = VchName.of("default");
    @Nullable ImageService imageService;
    @Nullable ImageStore imageStore;
    @Nullable ImageSources imageSources;
    @Nullable Executor executor;
    @Nullable TimeSource timeSource;
    IdSource idSource = IdSource.random();
    @Nullable DatastorePath bootstrapIso;
    final List<NetworkAttachment> networks = new ArrayList<>();
    long scratchBytes = DEFAULT_SCRATCH_BYTES;
    long volumeBytes = VolumeStore.DEFAULT_SIZE_BYTES;
    DatastorePath volumeFolder = DatastorePath.parse("volumes");
    Duration staleAfter = Duration.ofHours(1);

    private Builder() {}

    /** What the VMs stand on. */
    public Builder hypervisor(Hypervisor hypervisor) {
      this.hypervisor = hypervisor;
      return this;
    }

    /** Where images and disks are kept; the hypervisor attaches disks from there. */
    public Builder datastore(Datastore datastore) {
      this.datastore = datastore;
      return this;
    }

    /**
     * Stands it on vSphere: on the hypervisor, the datastore and the networks of a connection,
     * which stays the caller's to close, after the host.
     */
    public Builder vsphere(Vsphere vsphere) {
      hypervisor(vsphere.hypervisor());
      datastore(vsphere.datastore());
      vsphere.networks().forEach(this::network);
      return this;
    }

    /** What it is called; {@code default} unless set. */
    public Builder name(VchName name) {
      this.name = name;
      return this;
    }

    /** What it is called; {@code default} unless set. */
    public Builder name(String name) {
      return name(VchName.of(name));
    }

    /**
     * Where images come from and are kept, where several hosts share it: its store must be that of
     * the datastore. Instead of {@link #imageStore}, {@link #imageSources} and {@link #executor}.
     */
    public Builder imageService(ImageService service) {
      this.imageService = service;
      return this;
    }

    /** Where images are kept; the store on the datastore unless set. */
    public Builder imageStore(ImageStore store) {
      this.imageStore = store;
      return this;
    }

    /** Where images are pulled from by reference: a registry client. Nowhere unless set. */
    public Builder imageSources(ImageSources sources) {
      this.imageSources = sources;
      return this;
    }

    /**
     * Where layers are fetched and built; threads of its own unless set. What waits for several
     * images at once does so on the host's own threads in any case.
     */
    public Builder executor(Executor executor) {
      this.executor = executor;
      return this;
    }

    /** What waits are measured by; the system's clock, with a thread of its own, unless set. */
    public Builder timeSource(TimeSource time) {
      this.timeSource = time;
      return this;
    }

    /** Where the identifiers of VMs and pods come from; random unless set. */
    public Builder idSource(IdSource ids) {
      this.idSource = ids;
      return this;
    }

    /** What the VMs boot from, in the datastore; the hypervisor's own ISO unless set. */
    public Builder bootstrapIso(DatastorePath iso) {
      this.bootstrapIso = iso;
      return this;
    }

    /** Adds a network that all VMs are on; none unless added. */
    public Builder network(NetworkAttachment network) {
      networks.add(network);
      return this;
    }

    /**
     * How large the scratch disk of a container is, in bytes; {@link
     * VirtualContainerHost#DEFAULT_SCRATCH_BYTES} unless set. What is never written takes no space.
     */
    public Builder scratchBytes(long bytes) {
      if (bytes <= 0) {
        throw new IllegalArgumentException("scratchBytes must be positive: " + bytes);
      }
      this.scratchBytes = bytes;
      return this;
    }

    /**
     * How large a volume is whose specification does not say, in bytes; {@link
     * VolumeStore#DEFAULT_SIZE_BYTES} unless set. What is never written takes no space.
     */
    public Builder volumeBytes(long bytes) {
      if (bytes <= 0) {
        throw new IllegalArgumentException("volumeBytes must be positive: " + bytes);
      }
      this.volumeBytes = bytes;
      return this;
    }

    /**
     * Where volumes are on the datastore; {@code volumes} unless set. Hosts that are to have
     * volumes of their own have folders of their own.
     */
    public Builder volumeFolder(DatastorePath folder) {
      if (folder.isRoot()) {
        throw new IllegalArgumentException("volumes need a folder of their own");
      }
      this.volumeFolder = folder;
      return this;
    }

    /**
     * After which time without a sign of life what a crashed process left half-made is swept; one
     * hour unless set. Must exceed the time that making a container takes.
     */
    public Builder staleAfter(Duration staleAfter) {
      if (staleAfter.isNegative()) {
        throw new IllegalArgumentException("negative staleAfter: " + staleAfter);
      }
      this.staleAfter = staleAfter;
      return this;
    }

    /**
     * Opens the host; sweeps what crashed processes left behind.
     *
     * @throws IllegalStateException if there is no hypervisor or no datastore, or both an image
     *     service and parts of one
     */
    public VirtualContainerHost build() {
      if (imageService != null
          && (imageStore != null || imageSources != null || executor != null)) {
        throw new IllegalStateException(
            "an image service has its own store, sources and executor; give it, or these");
      }
      Owned owned = new Owned();
      try {
        return new VirtualContainerHost(this, owned);
      } catch (RuntimeException | Error e) {
        try (owned) {
          throw e;
        }
      }
    }
  }
}

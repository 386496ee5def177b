package io.vic4j.testkit;

import io.vic4j.core.Digest;
import io.vic4j.core.IdSource;
import io.vic4j.core.ImageReference;
import io.vic4j.core.Progress;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.GuestAction;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.NetworkAttachment;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.pod.Containers;
import io.vic4j.pod.VirtualContainerHost;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A virtual container host for tests: the one of production, over a hypervisor, a datastore and a
 * registry in memory. No vSphere, no network, and no waiting, for its time is virtual.
 *
 * <pre>{@code
 * @Test
 * void failedJob_isReported(TestVch vch) { // with @ExtendWith(VicExtension.class)
 *   vch.image("registry.test/job:1")
 *       .runs(Script.prints("no disk").after(Duration.ofSeconds(30)).exits(3));
 *   BillingService service = new BillingService(vch.host());
 *   service.submit("job");
 *   vch.clock().advance(Duration.ofSeconds(30));
 *   assertThat(service.report("job")).isEqualTo("failed: 3");
 * }
 * }</pre>
 *
 * <p>Images are small, and real: they are pulled, their layers become file systems on disks, and
 * the VMs' guests look for these before they follow the image's {@link Script}. Each VM is on a
 * network, and says that its address is 192.0.2.1.
 *
 * <p>The clock is {@linkplain VirtualClock#selfAdvancing self-advancing} unless {@linkplain
 * Builder#clock told otherwise}: who waits moves it. Identifiers are counted, so that a test that
 * uses one thread sees the same ones each time.
 *
 * <p>Thread-safe. Closing it closes the hosts that it opened.
 */
public final class TestVch implements AutoCloseable {
  /** Enough for a file system: what scripts print is not written to it. */
  private static final long SCRATCH_BYTES = 16L << 20;

  private final VirtualClock clock;
  private final FaultPlan faults;
  private final MemoryDatastore memory;
  private final Datastore datastore;
  private final MemoryHypervisor hypervisor;
  private final Hypervisor faultyHypervisor;
  private final TestRegistry registry = new TestRegistry();
  private final Scripts scripts = new Scripts();
  private final Map<Digest, Script> scriptsByImage = new ConcurrentHashMap<>();
  private final Map<Digest, ProbeAnswers> answersByImage = new ConcurrentHashMap<>();
  private final IdSource ids = counting();
  private final VchName name;
  private final Deque<VirtualContainerHost> opened = new ArrayDeque<>();
  private final VirtualContainerHost host;
  private @Nullable TestPods pods;

  private TestVch(Builder builder) {
    this.clock = builder.clock != null ? builder.clock : VirtualClock.selfAdvancing();
    this.name = builder.name;
    this.faults = FaultPlan.by(clock);
    this.memory = MemoryDatastore.create(clock, builder.capacityBytes);
    Datastore sound = builder.virtualDisks ? ImportingDatastore.over(memory) : memory;
    this.datastore = FaultyDatastore.over(sound, faults);
    this.hypervisor =
        MemoryHypervisor.create(
            sound, clock, scriptSource(), builder.bootDuration, builder.resources);
    this.faultyHypervisor = FaultyHypervisor.over(hypervisor, faults);
    this.host = open(name);
  }

  private static IdSource counting() {
    AtomicLong last = new AtomicLong();
    // The count stands first, as people see only the first digits of an identifier.
    return () -> HexFormat.of().toHexDigits(last.incrementAndGet(), 12) + "0".repeat(52);
  }

  private ScriptSource scriptSource() {
    return new ScriptSource() {
      @Override
      public Script script(ContainerVmSpec vm, SessionSpec session) {
        return TestVch.this.script(vm, session);
      }

      @Override
      public Script exec(ContainerVmSpec vm, SessionSpec process) {
        return scripts.exec(vm, process);
      }

      @Override
      public ProbeAnswer answer(
          ContainerVmSpec vm, SessionSpec session, GuestAction action, Duration sinceBegun) {
        ProbeAnswers ofImage =
            Containers.imageId(vm, session.name()).map(answersByImage::get).orElse(null);
        return ofImage != null
            ? ofImage.answer(session, action, sinceBegun)
            : scripts.answer(vm, session, action, sinceBegun);
      }
    };
  }

  private Script script(ContainerVmSpec vm, SessionSpec session) {
    return Containers.imageId(vm, session.name())
        .flatMap(id -> Optional.ofNullable(scriptsByImage.get(id)))
        .orElseGet(() -> scripts.script(vm, session));
  }

  /** A host named {@code default}, with nothing in it. */
  public static TestVch create() {
    return builder().build();
  }

  /** For other settings than the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** The host: what the code under test is given. */
  public VirtualContainerHost host() {
    return host;
  }

  /**
   * Opens the host once more, as another program would, or this one after a restart; the first one
   * may be closed or not.
   */
  public VirtualContainerHost reopen() {
    return open(name);
  }

  /** Opens another tenant's host on the same hypervisor and datastore. */
  public VirtualContainerHost open(VchName other) {
    VirtualContainerHost opening =
        VirtualContainerHost.builder()
            .hypervisor(faultyHypervisor)
            .datastore(datastore)
            .name(other)
            .imageSources(registry)
            .timeSource(clock)
            .idSource(ids)
            .scratchBytes(SCRATCH_BYTES)
            .volumeBytes(SCRATCH_BYTES)
            .network(NetworkAttachment.dhcp("bridge"))
            .build();
    synchronized (opened) {
      opened.push(opening);
    }
    return opening;
  }

  /**
   * An image to be there under this name.
   *
   * @param reference as people write it, such as {@code registry.test/job:1}
   */
  public ImageSetup image(String reference) {
    return new ImageSetup(ImageReference.parse(reference));
  }

  /** The pods of the host, to make them of YAML and to say what is to become of them. */
  public synchronized TestPods pods() {
    if (pods == null) {
      pods = new TestPods(host.pods(), clock);
    }
    return pods;
  }

  /** The time of the host, its VMs and its datastore. */
  public VirtualClock clock() {
    return clock;
  }

  /** What is to go wrong with the hypervisor and the datastore. */
  public FaultPlan faults() {
    return faults;
  }

  /** The hypervisor, without faults: to see what is there, and to do as an administrator does. */
  public MemoryHypervisor hypervisor() {
    return hypervisor;
  }

  /** The datastore, without faults: to see what is there. */
  public MemoryDatastore datastore() {
    return memory;
  }

  /** The registry that images are pulled from. */
  public TestRegistry registry() {
    return registry;
  }

  /**
   * What processes do whose image has no script of its own, and what probes find in them if it has
   * no answers of its own.
   */
  public Scripts scripts() {
    return scripts;
  }

  @Override
  public void close() {
    closePods();
    RuntimeException failure = null;
    synchronized (opened) {
      while (!opened.isEmpty()) {
        try {
          opened.pop().close();
        } catch (RuntimeException e) {
          if (failure == null) {
            failure = e;
          } else {
            failure.addSuppressed(e);
          }
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private synchronized void closePods() {
    if (pods != null) {
      pods.close();
    }
  }

  /** An image that a test wants. For use by one thread. */
  public final class ImageSetup {
    private final ImageReference reference;
    private @Nullable TestImage content;
    private @Nullable ProbeAnswers answers;
    private boolean pulled = true;

    private ImageSetup(ImageReference reference) {
      this.reference = reference;
    }

    /** What is in it; unless set, a layer that all images have and one of its own. */
    public ImageSetup content(TestImage content) {
      this.content = content;
      return this;
    }

    /**
     * What probes and hooks over the network find in its containers: unless set, what {@link
     * TestVch#scripts} says.
     */
    public ImageSetup answers(ProbeAnswers answers) {
      this.answers = answers;
      return this;
    }

    /** Leaves it in the registry; unless told so, it is pulled. */
    public ImageSetup onlyInRegistry() {
      this.pulled = false;
      return this;
    }

    /**
     * Puts it there; all containers of it do this, whatever their command.
     *
     * @return its reference
     */
    public ImageReference runs(Script script) {
      TestImage image = content != null ? content : plain(reference);
      scriptsByImage.put(image.configDescriptor().digest(), script);
      if (answers != null) {
        answersByImage.put(image.configDescriptor().digest(), answers);
      }
      registry.put(reference, image);
      if (pulled) {
        host.images().pull(reference, Progress.NONE);
      }
      return reference;
    }

    private static TestImage plain(ImageReference reference) {
      return TestImage.builder()
          .layer(layer -> layer.directory("etc").file("etc/os-release", "ID=test\n"))
          .layer(layer -> layer.file("image", reference + "\n"))
          .entrypoint("/bin/app")
          .label("reference", reference.toString())
          .build();
    }
  }

  /** Puts a {@link TestVch} together. For use by one thread. */
  public static final class Builder {
    private @Nullable VirtualClock clock;
    private VchName name = VchName.of("default");
    private Duration bootDuration = Duration.ZERO;
    private long capacityBytes = Long.MAX_VALUE;
    private HostResources resources = HostResources.GENEROUS;
    private boolean virtualDisks;

    private Builder() {}

    /** The time; a self-advancing clock unless set. */
    public Builder clock(VirtualClock clock) {
      this.clock = clock;
      return this;
    }

    /** What the host is called; {@code default} unless set. */
    public Builder name(String name) {
      this.name = VchName.of(name);
      return this;
    }

    /** How long a guest takes from power-on to its sessions; no time unless set. */
    public Builder bootDuration(Duration duration) {
      this.bootDuration = duration;
      return this;
    }

    /** What the hypervisor runs on; {@link HostResources#GENEROUS} unless set. */
    public Builder resources(HostResources resources) {
      this.resources = resources;
      return this;
    }

    /** How many bytes the datastore holds; without limit unless set. */
    public Builder capacityBytes(long bytes) {
      this.capacityBytes = bytes;
      return this;
    }

    /**
     * Has the datastore keep virtual disks, as vSphere's do; unless told so, its disks are plain
     * files.
     */
    public Builder virtualDisks() {
      this.virtualDisks = true;
      return this;
    }

    /** The host for a test. */
    public TestVch build() {
      return new TestVch(this);
    }
  }
}

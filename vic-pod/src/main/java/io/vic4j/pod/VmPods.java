package io.vic4j.pod;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.IdSource;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.TimeSource;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmListener;
import io.vic4j.core.vm.ContainerVmState;
import io.vic4j.core.vm.ContainerVmStatus;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.ExecSpec;
import io.vic4j.core.vm.GuestConnection;
import io.vic4j.core.vm.GuestProcess;
import io.vic4j.core.vm.GuestStats;
import io.vic4j.core.vm.LogOptions;
import io.vic4j.core.vm.LogReader;
import io.vic4j.core.vm.Subscription;
import io.vic4j.image.CommitOptions;
import io.vic4j.image.Image;
import io.vic4j.image.ImageSources;
import io.vic4j.storage.overlay.OverlayFiles;
import io.vic4j.storage.volume.Volume;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.WeakHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pods, each a container VM. Keeps nothing but the turns of those who are at work, and what it has
 * read of VMs that are there, as it is kept with these.
 */
final class VmPods implements PodLifecycle {
  private static final Logger log = LoggerFactory.getLogger(VmPods.class);

  private final ContainerVms vms;
  private final VmAssembly assembly;
  private final Volumes volumes;
  private final StoppedContainers stopped;
  private final TimeSource time;
  private final IdSource ids;
  private final Turns<PodKey> turns = new Turns<>();

  /** Forgotten with the VM: to read what is kept with it takes longer than to ask how it is. */
  private final Map<ContainerVm, PodView> views = Collections.synchronizedMap(new WeakHashMap<>());

  VmPods(
      ContainerVms vms,
      VmAssembly assembly,
      Volumes volumes,
      StoppedContainers stopped,
      TimeSource time,
      IdSource ids) {
    this.vms = vms;
    this.assembly = assembly;
    this.volumes = volumes;
    this.stopped = stopped;
    this.time = time;
    this.ids = ids;
  }

  @Override
  public Pod create(PodSpec spec, Progress progress) {
    return create(spec, Optional.empty(), progress);
  }

  @Override
  public Pod create(PodSpec spec, ImageSources sources, Progress progress) {
    return create(spec, Optional.of(sources), progress);
  }

  private Pod create(PodSpec spec, Optional<ImageSources> sources, Progress progress) {
    PodKey key = spec.key();
    return turns.take(
        key,
        "creation of pod",
        () -> {
          if (vm(key).isPresent()) {
            // Spares a pull that were for nothing; the hypervisor has the last word.
            throw new AlreadyExistsException("pod", key.toString());
          }
          SortedMap<String, String> labels = new TreeMap<>();
          labels.put(Labels.POD_SPEC, PodJson.write(spec));
          String uid = spec.uid().orElseGet(() -> uuid(ids.next()).toString());
          labels.put(Labels.POD_UID, uid);
          Instant created = time.instant();
          labels.put(Labels.POD_CREATED, created.toString());
          ContainerVm vm = assembly.make(Machine.of(spec, labels), sources, progress);
          PodView view = PodView.of(vm, PodJson.kept(spec), uid, created);
          views.put(vm, view);
          return view.created();
        });
  }

  @Override
  public Pod update(PodSpec spec, Progress progress) {
    return update(spec, Optional.empty(), progress);
  }

  @Override
  public Pod update(PodSpec spec, ImageSources sources, Progress progress) {
    return update(spec, Optional.of(sources), progress);
  }

  private Pod update(PodSpec spec, Optional<ImageSources> sources, Progress progress) {
    PodKey key = spec.key();
    return turns.take(
        key,
        "update of pod",
        () ->
            withVm(
                key,
                vm -> {
                  PodSpec before = viewOf(vm).spec();
                  PodSpec next = before.updatedBy(spec);
                  List<String> different = PodJson.different(next, spec);
                  if (!different.isEmpty()) {
                    throw new UnsupportedException(
                        "pod "
                            + key
                            + " cannot be given another "
                            + String.join(", ", different)
                            + "; delete it, and make another one");
                  }
                  assembly.revise(vm, before, next, sources, progress);
                  return pod(key, vm);
                }));
  }

  @Override
  public Pod start(PodKey key) {
    return turns.take(
        key,
        "start of pod",
        () ->
            withVm(
                key,
                vm -> {
                  vm.start();
                  return pod(key, vm);
                }));
  }

  @Override
  public Pod stop(PodKey key, Duration grace) {
    checkGrace(grace);
    cutShort(key, grace);
    return turns.take(
        key,
        "stop of pod",
        () ->
            withVm(
                key,
                vm -> {
                  vm.stop(grace);
                  return pod(key, vm);
                }));
  }

  @Override
  public void delete(PodKey key, Duration grace) {
    checkGrace(grace);
    cutShort(key, grace);
    turns.run(key, "deletion of pod", () -> vm(key).ifPresent(vm -> delete(vm, grace)));
  }

  private void delete(ContainerVm vm, Duration grace) {
    List<Volume> anonymous = volumes.anonymous(vm.spec());
    try {
      vm.stop(grace);
      vm.removeForcibly();
    } catch (NotFoundException e) {
      log.debug("{} was removed by somebody else", vm);
    }
    anonymous.forEach(volume -> VolumePlan.removeUnlessUsed(volumes, volume));
  }

  private static void checkGrace(Duration grace) {
    if (grace.isNegative()) {
      throw new IllegalArgumentException("negative grace: " + grace);
    }
  }

  /** Without grace, one does not wait for the turn of one who has some. */
  private void cutShort(PodKey key, Duration grace) {
    if (grace.isZero()) {
      try {
        vm(key).filter(vm -> vm.state().isOn()).ifPresent(ContainerVm::kill);
      } catch (ConflictException | NotFoundException e) {
        log.debug("pod {} ended by itself meanwhile", key);
      }
    }
  }

  @Override
  public Optional<Pod> find(PodKey key) {
    return vm(key).flatMap(this::view);
  }

  @Override
  public List<Pod> list() {
    List<Pod> pods = new ArrayList<>();
    for (ContainerVm vm : vms.list()) {
      if (PodView.isPod(vm)) {
        ContainerVmStatus status = vm.status();
        if (status.state() != ContainerVmState.REMOVED) {
          readable(vm).map(view -> view.pod(status)).ifPresent(pods::add);
        }
      }
    }
    pods.sort(Comparator.comparing(Pod::key));
    return Collections.unmodifiableList(pods);
  }

  @Override
  public LogReader logs(PodKey key, String container, LogOptions options) {
    return withContainer(key, container, vm -> vm.logs(container, options));
  }

  @Override
  public GuestProcess exec(PodKey key, ExecSpec spec) {
    return withContainer(key, spec.session(), vm -> vm.exec(spec));
  }

  @Override
  public GuestProcess attach(PodKey key, String container) {
    return withContainer(key, container, vm -> vm.attach(container, endOfLog(vm, container)));
  }

  private static long endOfLog(ContainerVm vm, String container) {
    try (LogReader reader = vm.logs(container)) {
      while (reader.next().isPresent()) {
        // What was printed before is not told.
      }
      return reader.position();
    }
  }

  @Override
  public void updateFiles(PodKey key, String volume, List<PodFile> files) {
    ContainerVm unused =
        withVm(
            key,
            vm -> {
              GivenFiles given = new GivenFiles(PodView.of(vm).spec());
              if (!given.volumes().contains(volume)) {
                throw new NotFoundException("volume of files", key + "/" + volume);
              }
              try (InputStream tar = given.tar(volume, files, time.instant())) {
                vm.replaceFiles(PodDisks.FILES_FILE_SYSTEM, volume, tar);
              } catch (IOException e) {
                throw new UncheckedIOException(e); // Of a stream in memory: never.
              }
              return vm;
            });
  }

  @Override
  public GuestConnection portForward(PodKey key, int port) {
    return withVm(key, vm -> vm.dial(port));
  }

  @Override
  public GuestStats stats(PodKey key) {
    return withVm(key, ContainerVm::stats);
  }

  @Override
  public OverlayFiles files(PodKey key, String container) {
    return withContainer(key, container, vm -> stopped.files(vm, container));
  }

  @Override
  public Image commit(PodKey key, String container, CommitOptions options, Progress progress) {
    String name = key + "/" + container;
    return withContainer(
        key, container, vm -> stopped.commit(vm, container, name, options, progress));
  }

  private <T> T withContainer(PodKey key, String container, Function<ContainerVm, T> work) {
    return withVm(
        key,
        vm -> {
          if (vm.spec().sessions().stream().noneMatch(it -> it.name().equals(container))) {
            throw new NotFoundException("container", key + "/" + container);
          }
          return work.apply(vm);
        });
  }

  @Override
  public PodStatus awaitStarted(PodKey key, Duration timeout) {
    return withVm(key, vm -> viewOf(vm).pod(vm.awaitStarted(timeout)).status());
  }

  @Override
  public PodStatus awaitEnd(PodKey key, Duration timeout) {
    return withVm(
        key,
        vm -> {
          vm.awaitExit(timeout);
          return pod(key, vm).status();
        });
  }

  @Override
  public Subscription watch(PodListener listener) {
    return vms.watch(new Relay(listener));
  }

  private Optional<ContainerVm> vm(PodKey key) {
    return vms.find(VmNames.of(key)).filter(PodView::isPod);
  }

  /** Does something with a pod's VM; should the VM vanish meanwhile, then the pod is not there. */
  private <T> T withVm(PodKey key, Function<ContainerVm, T> work) {
    ContainerVm vm = vm(key).orElseThrow(() -> notFound(key, null));
    try {
      return work.apply(vm);
    } catch (NotFoundException e) {
      if (vm.state() == ContainerVmState.REMOVED) {
        throw notFound(key, e);
      }
      throw e;
    }
  }

  /** A UUID of these random digits; RFC 9562, section 5.4. */
  private static UUID uuid(String digits) {
    long high = Long.parseUnsignedLong(digits.substring(0, 16), 16);
    long low = Long.parseUnsignedLong(digits.substring(16, 32), 16);
    return new UUID((high & ~0xf000L) | 0x4000L, (low & ~(0b11L << 62)) | (0b10L << 62));
  }

  private Pod pod(PodKey key, ContainerVm vm) {
    return view(vm).orElseThrow(() -> notFound(key, null));
  }

  private PodView viewOf(ContainerVm vm) {
    PodView known = views.get(vm);
    if (known == null || !known.isKeptWith(vm)) {
      known = PodView.of(vm);
      views.put(vm, known);
    }
    return known;
  }

  private Optional<Pod> view(ContainerVm vm) {
    ContainerVmStatus status = vm.status();
    return status.state() == ContainerVmState.REMOVED
        ? Optional.empty()
        : Optional.of(viewOf(vm).pod(status));
  }

  private Optional<PodView> readable(ContainerVm vm) {
    try {
      return Optional.of(viewOf(vm));
    } catch (CorruptException | UnsupportedException e) {
      log.warn("{} is a pod that cannot be read", vm, e);
      return Optional.empty();
    }
  }

  private static NotFoundException notFound(PodKey key, @Nullable Throwable cause) {
    return new NotFoundException("pod", key.toString(), "pod not found: " + key, cause);
  }

  /** Tells of VMs as pods, and of nothing twice. Called by one thread at a time. */
  private final class Relay implements ContainerVmListener {
    private final PodListener listener;
    private final Map<String, Pod> told = new HashMap<>();

    Relay(PodListener listener) {
      this.listener = listener;
    }

    @Override
    public void changed(ContainerVm vm, ContainerVmStatus status) {
      Pod before = told.get(vm.id());
      if (status.state() == ContainerVmState.REMOVED) {
        told.remove(vm.id());
        if (before != null) {
          listener.removed(before);
        }
        return;
      }
      if (before == null && !PodView.isPod(vm)) {
        return;
      }
      Optional<PodView> view = readable(vm);
      if (view.isPresent()) {
        Pod now = view.get().pod(status);
        told.put(vm.id(), now);
        if (!now.equals(before)) {
          listener.changed(now);
        }
      }
    }
  }
}

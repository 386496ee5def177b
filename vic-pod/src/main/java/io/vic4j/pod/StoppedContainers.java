package io.vic4j.pod;

import io.vic4j.core.CancelledException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.Digest;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.ContainerVmState;
import io.vic4j.core.vm.ContainerVmStatus;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.image.CommitOptions;
import io.vic4j.image.Image;
import io.vic4j.image.ImageCommits;
import io.vic4j.image.ImageScope;
import io.vic4j.image.ImageStore;
import io.vic4j.image.LayerContent;
import io.vic4j.storage.ScratchChanges;
import io.vic4j.storage.ext4.Ext4Attributes;
import io.vic4j.storage.overlay.FileStatus;
import io.vic4j.storage.overlay.OverlayFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads containers that are off from their disks, and makes images of them. */
final class StoppedContainers {
  /*
   * There is no lock that keeps a container off while it is read: its state is looked at before and,
   * when the last byte was read, once more. If it is the same, down to the sessions' times, what was
   * read is what was there; if not, the reading was for nothing, and whoever started or removed the
   * container was first.
   */
  private static final String CONTAINER = "container";

  private final Datastore datastore;
  private final ImageStore store;
  private final ImageScope scope;
  private final ImageCommits commits;
  private final InstantSource clock;

  StoppedContainers(
      Datastore datastore,
      ImageStore store,
      ImageScope scope,
      ImageCommits commits,
      InstantSource clock) {
    this.datastore = datastore;
    this.store = store;
    this.scope = scope;
    this.commits = commits;
    this.clock = clock;
  }

  /** The files of a container that has a VM for itself. */
  OverlayFiles files(ContainerVm vm) {
    return files(vm, main(vm));
  }

  /** The files of a container that is one of a VM's sessions. */
  OverlayFiles files(ContainerVm vm, String session) {
    ContainerVmStatus unused = requireOff(vm);
    return unlessRemoved(vm, () -> OverlayFiles.open(datastore, vm.spec(), session));
  }

  /** Makes an image of a container that has a VM for itself. */
  Image commit(ContainerVm vm, CommitOptions options, Progress progress) {
    return commit(vm, main(vm), vm.name(), options, progress);
  }

  /**
   * Makes an image of a container that is one of a VM's sessions.
   *
   * @param name of the container, for people
   */
  Image commit(
      ContainerVm vm, String container, String name, CommitOptions options, Progress progress) {
    ContainerVmStatus before = requireOff(vm);
    ContainerVmSpec spec = vm.spec();
    SessionSpec session = session(spec, container);
    Digest imageId =
        Containers.imageId(spec, session.name())
            .orElseThrow(
                () -> new UnsupportedException(vm + " was made of no image; make one of an image"));
    return unlessRemoved(
        vm,
        () -> {
          Image base =
              store
                  .find(imageId)
                  .orElseThrow(() -> new NotFoundException("image", imageId.toString()));
          try (Written written = written(spec, session)) {
            Optional<LayerContent> changes =
                written.changes().map(found -> out -> writeUnchanged(found, out, vm, before));
            if (changes.isEmpty()) {
              requireUnchanged(vm, before);
            }
            return commits.commit(
                scope,
                base,
                changes,
                completed(options, session),
                clock.instant(),
                "commit of container '" + name + "'",
                progress);
          }
        });
  }

  /** What a container wrote; empty if nothing. */
  private record Written(Optional<ScratchChanges> opened, Optional<ScratchChanges> changes)
      implements AutoCloseable {
    @Override
    public void close() {
      opened.ifPresent(ScratchChanges::close);
    }
  }

  private Written written(ContainerVmSpec spec, SessionSpec session) {
    if (session.scratch().isEmpty()) {
      return new Written(Optional.empty(), Optional.empty());
    }
    Ext4Attributes root = root(spec, session);
    ScratchChanges changes =
        ScratchChanges.open(datastore, disk(spec, session.scratch().orElseThrow()));
    try {
      return new Written(
          Optional.of(changes), Optional.of(changes).filter(found -> !found.isEmpty(root)));
    } catch (RuntimeException e) {
      changes.close();
      throw e;
    }
  }

  /** The root as the image has it; plain, if it has no layers. */
  private Ext4Attributes root(ContainerVmSpec spec, SessionSpec session) {
    if (session.layers().isEmpty()) {
      return Ext4Attributes.of(0755, 0, 0, Instant.EPOCH);
    }
    OverlayFiles.Builder image = OverlayFiles.builder(datastore);
    session.layers().forEach(layer -> image.layer(disk(spec, layer)));
    try (OverlayFiles files = image.open()) {
      return files.find("/").map(FileStatus::attributes).orElseThrow();
    }
  }

  private static DatastorePath disk(ContainerVmSpec spec, UUID fileSystem) {
    return spec.disks().stream()
        .filter(disk -> disk.fileSystem().equals(fileSystem))
        .map(DiskAttachment::vmdk)
        .findAny()
        .orElseThrow(() -> new NotFoundException("disk with file system", fileSystem.toString()));
  }

  private static void writeUnchanged(
      ScratchChanges changes, OutputStream out, ContainerVm vm, ContainerVmStatus before)
      throws IOException {
    changes.writeTar(out);
    requireUnchanged(vm, before);
  }

  private static String main(ContainerVm vm) {
    return vm.spec().sessions().get(0).name();
  }

  private static SessionSpec session(ContainerVmSpec spec, String name) {
    return spec.sessions().stream()
        .filter(session -> session.name().equals(name))
        .findAny()
        .orElseThrow(() -> new NotFoundException(CONTAINER, name));
  }

  private static CommitOptions completed(CommitOptions options, SessionSpec session) {
    return options.createdBy().isPresent()
        ? options
        : options.toBuilder().createdBy(String.join(" ", session.argv())).build();
  }

  private static ContainerVmStatus requireOff(ContainerVm vm) {
    ContainerVmStatus status = vm.status();
    return switch (status.state()) {
      case CREATED, STOPPED -> status;
      case REMOVED -> throw removed(vm, null);
      case UNKNOWN ->
          throw new UnavailableException(
              "nobody can say whether " + vm + " is on; try again when its hypervisor can", null);
      default ->
          throw new ConflictException(
              vm + " cannot be read: it is " + status.state() + "; stop it first");
    };
  }

  private static void requireUnchanged(ContainerVm vm, ContainerVmStatus before) {
    ContainerVmStatus now = vm.status();
    if (now.state() == ContainerVmState.REMOVED) {
      throw removed(vm, null);
    }
    if (!now.equals(before)) {
      throw new ConflictException(
          vm + " was started while it was read; stop it, and do this again");
    }
  }

  /** Does something with a container's disks; should they vanish, then for it was removed. */
  private static <T> T unlessRemoved(ContainerVm vm, Supplier<T> work) {
    try {
      return work.get();
    } catch (VicException e) {
      boolean told = e instanceof NotFoundException missing && missing.kind().equals(CONTAINER);
      if (!told && !(e instanceof CancelledException) && isRemoved(vm)) {
        throw removed(vm, e);
      }
      throw e;
    }
  }

  private static boolean isRemoved(ContainerVm vm) {
    return vm.state() == ContainerVmState.REMOVED;
  }

  private static NotFoundException removed(ContainerVm vm, @Nullable VicException cause) {
    return new NotFoundException(
        CONTAINER, vm.name(), "container not found: " + vm.name() + " was removed", cause);
  }
}

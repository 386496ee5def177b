package io.vic4j.pod;

import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
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
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The life of pods. A pod is one virtual machine; each of its containers is a process in it, with a
 * root file system of its own, and all of them share the machine's network, memory and fate.
 *
 * <pre>
 *    create              start                   containers
 *    pulls images,       powers the              have begun
 *    makes the VM        VM on
 *  ──────────────► PENDING ─────► PENDING ──────────────────► RUNNING ◄──┐
 *                     │                                       │     │    │ a container ends, and
 *                     │                all are over, and none │     └────┘ its policy restarts it
 *                     │                will be started again, │
 *                     │                or stop, or power lost ▼
 *                     │   delete                    SUCCEEDED, FAILED ──► start: again from PENDING
 *                     └──────────────► gone ◄─────────────────┘ delete
 * </pre>
 *
 * <p>{@link PodPhase} says what each phase means, in Kubernetes' words. SUCCEEDED is a pod of which
 * each container exited with 0; any other end is FAILED. A phase is never kept: it is what the VM
 * and its guest say now, so a pod that lost its power, or that an administrator stopped, is FAILED
 * with the reason, whoever asks.
 *
 * <p><b>All or nothing.</b> {@link #create} pulls the images that are missing side by side, each
 * once; makes a scratch disk for each container; attaches the layers that its images have, those
 * that several images share only once; and makes the VM last, which is the commit. Where it fails
 * or is interrupted, no VM, no disk of the pod and no claim on its images stay behind, and the
 * error is the first that happened. Layers that were pulled by then stay in the store, as after any
 * pull.
 *
 * <p><b>Nothing is remembered here.</b> What a pod is to be, its UID and when it was made are kept
 * with its VM. Every process that opens a virtual container host of the same name on the same
 * hypervisor sees the same pods, and after a restart of the program all are found again.
 *
 * <p><b>Threads.</b> Thread-safe. {@link #create}, {@link #update}, {@link #start}, {@link #stop}
 * and {@link #delete} of one pod take their turns within a process, in whatever order they come;
 * those of other pods do not wait for them. What is answered is how things were at one moment, and
 * cannot be changed. A {@link #stop} or {@link #delete} with no grace cuts one short that is under
 * way. Queries and {@link #updateFiles} never wait for a turn. Of several processes that create one
 * key at once, one succeeds.
 *
 * <p><b>Errors.</b> All methods that take a key throw {@link NotFoundException} if there is no such
 * pod where nothing else is said, {@link io.vic4j.core.UnavailableException} if the hypervisor, the
 * datastore or a registry does not answer, and {@link io.vic4j.core.CancelledException} if the
 * calling thread is interrupted. Implementations are judged by {@code PodLifecycleContract} of
 * vic-testkit.
 */
public interface PodLifecycle {
  /**
   * Makes a pod, which is then PENDING until it is {@linkplain #start started}. Where its VM has
   * fewer slots than its images have layers, adjacent layers get one disk, which stays in the store
   * for others.
   *
   * @param progress gets a task for each image that is pulled, and for each such disk that is made
   * @return the pod, as it is then
   * @throws io.vic4j.core.AlreadyExistsException if there is a pod of this key
   * @throws NotFoundException if an image is nowhere, or not here and its policy is {@link
   *     PullPolicy#NEVER}
   * @throws io.vic4j.core.UnauthorizedException if a registry wants other credentials
   * @throws ImageUnavailableException if a registry does not answer
   * @throws io.vic4j.core.CorruptException if what a registry sent is not what its digest says
   * @throws io.vic4j.core.OutOfSpaceException if the datastore is full
   * @throws io.vic4j.core.vm.TooManyDisksException if a VM has too few slots even with all layers
   *     of an image on one disk
   * @throws io.vic4j.core.vm.InvalidSpecException if an image and the specification together do not
   *     say what to run
   */
  Pod create(PodSpec spec, Progress progress);

  /**
   * Makes a pod, whose images are pulled from sources of its own, such as a registry client with
   * its own credentials; else as {@link #create(PodSpec, Progress)}. An image that is here already
   * is taken as it is, unless its policy is {@link PullPolicy#ALWAYS}.
   *
   * @param sources stay the caller's
   */
  Pod create(PodSpec spec, ImageSources sources, Progress progress);

  /** Makes a pod; as {@link #create(PodSpec, Progress)}. */
  default Pod create(PodSpec spec) {
    return create(spec, Progress.NONE);
  }

  /**
   * Gives a pod other labels and annotations, another grace and another deadline, whatever state it
   * is in; and other images to its containers, unless it has run and is off: what they have written
   * lies over the layers that they have, and can still be read. A container that runs is ended,
   * with its grace, and begun again of its new image, whatever the restart policy, with nothing
   * left of what it wrote; the other containers do not notice. One that is over stays so. A
   * deadline counts from the pod's start, as before. Disks of images that no container has any more
   * stay in the VM, and take their slots, until the pod is deleted.
   *
   * @param spec the same but for these; its files need not say again what is in them
   * @param progress gets a task for each image that is pulled
   * @return the pod, as it is then
   * @throws NotFoundException as of {@link #create(PodSpec, Progress)}, as all that concerns images
   * @throws io.vic4j.core.ConflictException if another process changes it at the same time; or if
   *     its VM has no place for an image's disks until it is started anew; or if a container is to
   *     have another image, and the pod has run and is off: start it first, or make another one
   * @throws io.vic4j.core.vm.TooManyDisksException if its VM has too few slots left
   * @throws io.vic4j.core.UnsupportedException if anything else is different: it names the fields.
   *     Delete the pod, and make another one
   */
  Pod update(PodSpec spec, Progress progress);

  /**
   * Changes a pod, whose images are pulled from sources of its own; else as {@link #update(PodSpec,
   * Progress)}.
   *
   * @param sources stay the caller's
   */
  Pod update(PodSpec spec, ImageSources sources, Progress progress);

  /** Changes a pod; as {@link #update(PodSpec, Progress)}. */
  default Pod update(PodSpec spec) {
    return update(spec, Progress.NONE);
  }

  /**
   * Gives a volume of {@linkplain PodVolume.Files files} of a pod that runs other files, instead of
   * all that it has: all its containers see all of them at once or, where it fails, none. Who has
   * an old file open reads it to its end; who mounts a part of the volume keeps what that was. Does
   * nothing where these are the files already. It lasts until the pod is stopped: one that starts
   * anew has the files that it was created with, and so has what {@link #find} tells.
   *
   * @param volume the volume's name in the pod
   * @param files all with what is in them
   * @throws NotFoundException if there is no such pod, or it has no such volume
   * @throws io.vic4j.core.ConflictException if the pod does not run
   * @throws io.vic4j.core.InvalidArgumentException if files are at no path of a file, two of them
   *     at one, or within another
   * @throws io.vic4j.core.UnsupportedException if the hypervisor has no streams into its guests
   */
  void updateFiles(PodKey key, String volume, List<PodFile> files);

  /**
   * Starts a pod, and returns as soon as its VM is powered on; it is RUNNING once its guest has
   * begun the containers. A pod that is over starts anew, with what its containers wrote to their
   * disks. Does nothing if it is on.
   *
   * @return the pod, as it is then
   */
  Pod start(PodKey key);

  /**
   * Ends a pod and keeps it: sends each container its stop signal, waits, kills what is left, and
   * returns when the VM is off. Does nothing if it is off.
   *
   * @param grace how long the containers have to end well; zero to kill them at once
   * @return the pod, as it is then
   */
  Pod stop(PodKey key, Duration grace);

  /** Ends a pod and keeps it; with the grace of its specification. */
  default Pod stop(PodKey key) {
    return stop(key, get(key).spec().terminationGrace());
  }

  /**
   * Ends a pod as {@link #stop} does, and removes it with its scratch disks. Does nothing if there
   * is no such pod, so that it may be repeated until it succeeds.
   *
   * @param grace how long the containers have to end well; zero to kill them at once
   */
  void delete(PodKey key, Duration grace);

  /** Ends a pod and removes it; with the grace of its specification. */
  default void delete(PodKey key) {
    find(key).ifPresent(pod -> delete(key, pod.spec().terminationGrace()));
  }

  /** The pod of this key, as it is now; empty if there is none. */
  Optional<Pod> find(PodKey key);

  /** The pod of this key, as it is now. */
  default Pod get(PodKey key) {
    return find(key).orElseThrow(() -> new NotFoundException("pod", key.toString()));
  }

  /** How the pod is now. */
  default PodStatus status(PodKey key) {
    return get(key).status();
  }

  /** All pods, sorted by key. */
  List<Pod> list();

  /** The pods of one namespace, sorted by name. */
  default List<Pod> list(String namespace) {
    return list().stream().filter(pod -> pod.key().namespace().equals(namespace)).toList();
  }

  /**
   * What a container has printed, from the pod's first start on, up to now. The caller closes the
   * reader.
   *
   * @throws NotFoundException if there is no such pod, or it has no such container
   */
  default LogReader logs(PodKey key, String container) {
    return logs(key, container, LogOptions.ALL);
  }

  /**
   * A part of what a container has printed, over all its starts. One that follows waits for more,
   * and ends when the container is over for good or the VM is off. The caller closes the reader.
   *
   * @throws NotFoundException if there is no such pod, or it has no such container
   */
  LogReader logs(PodKey key, String container, LogOptions options);

  /**
   * Begins a program beside a container, in its root file system and namespaces. The caller closes
   * it.
   *
   * @param spec its {@linkplain ExecSpec#session session} is the container
   * @throws NotFoundException if there is no such pod, or it has no such container
   * @throws io.vic4j.core.ConflictException if the container does not run
   * @throws io.vic4j.core.UnsupportedException if the hypervisor has no streams into its guests
   */
  GuestProcess exec(PodKey key, ExecSpec spec);

  /**
   * Attaches to a container's process: to what it prints from now on, and to its standard input or
   * terminal, if it was made with one. The caller closes it, and the container goes on.
   *
   * @throws NotFoundException if there is no such pod, or it has no such container
   * @throws io.vic4j.core.ConflictException if the container does not run
   * @throws io.vic4j.core.UnsupportedException if the container has an input or a terminal, and the
   *     hypervisor has no streams into its guests
   */
  GuestProcess attach(PodKey key, String container);

  /**
   * Connects to a TCP port of a pod, at its loopback address. The caller closes it.
   *
   * @throws io.vic4j.core.ConflictException if the pod does not run
   * @throws io.vic4j.core.UnavailableException if nothing listens there
   * @throws io.vic4j.core.UnsupportedException if the hypervisor has no streams into its guests
   */
  GuestConnection portForward(PodKey key, int port);

  /**
   * What a pod uses now.
   *
   * @throws io.vic4j.core.ConflictException if the pod does not run
   * @throws io.vic4j.core.UnsupportedException if the hypervisor has no streams into its guests
   */
  GuestStats stats(PodKey key);

  /**
   * The files of a container of a pod that is off, as it saw them: its image, what it wrote over
   * it, and its volumes, but for those in memory. Read from its disks; whoever starts the pod,
   * spoils the reading. The caller closes it.
   *
   * @throws NotFoundException if there is no such pod, or it has no such container
   * @throws io.vic4j.core.ConflictException if the pod is on or suspended: stop it first
   */
  OverlayFiles files(PodKey key, String container);

  /** Makes an image of a container; as {@link #commit(PodKey, String, CommitOptions, Progress)}. */
  default Image commit(PodKey key, String container, CommitOptions options) {
    return commit(key, container, options, Progress.NONE);
  }

  /**
   * Makes an image of a container of a pod that is off, as {@link Containers#commit(String,
   * CommitOptions, Progress)} does of one that is no pod's: its image, with one layer more that
   * holds what the container wrote; if that is nothing, with none. Volumes are not part of it, and
   * neither is what the pod's other containers wrote.
   *
   * @param progress gets a task if a layer's disk has to be made
   * @throws NotFoundException if there is no such pod, or it has no such container, or the pod is
   *     deleted meanwhile
   * @throws io.vic4j.core.ConflictException if the pod is on or suspended, or is started meanwhile:
   *     stop it first
   * @throws io.vic4j.core.UnsupportedException if the container wrote something that no layer can
   *     hold
   * @throws io.vic4j.core.CorruptException if what it wrote cannot be read
   */
  Image commit(PodKey key, String container, CommitOptions options, Progress progress);

  /**
   * Waits until all containers have begun, or the pod is over already.
   *
   * @return how it was then
   * @throws io.vic4j.core.TimedOutException if that takes longer than {@code timeout}
   */
  PodStatus awaitStarted(PodKey key, Duration timeout);

  /**
   * Waits until the pod is over; one that was not started yet is waited for too.
   *
   * @return how it was then: SUCCEEDED or FAILED
   * @throws io.vic4j.core.TimedOutException if that takes longer than {@code timeout}
   */
  PodStatus awaitEnd(PodKey key, Duration timeout);

  /**
   * Tells a listener of each pod that is there, and of each change as it comes, until closed.
   * Changes of one pod come in order; several that follow each other quickly may come as one.
   */
  Subscription watch(PodListener listener);
}

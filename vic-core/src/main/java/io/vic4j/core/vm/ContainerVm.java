package io.vic4j.core.vm;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * A container that is a virtual machine: layers and a scratch disk joined to a root file system,
 * and a process that runs over it, behind a kernel of its own.
 *
 * <pre>
 *                         guest begins
 *   create      start       sessions       stop, kill
 *  ────────► CREATED ─► STARTING ─► RUNNING ─► STOPPING
 *               │  ▲        │          │           │
 *               │  │start   │ powered off, by whomever
 *        remove │  └─────┐  ▼          ▼           ▼
 *               │        └──────── STOPPED ────────┘
 *               ▼                     │ remove
 *            REMOVED ◄────────────────┘
 *
 *  SUSPENDED  the hypervisor's doing, from any state that is on; start resumes it, stop powers it
 *             off
 *  UNKNOWN    the hypervisor cannot say; ends when it can
 * </pre>
 *
 * <p>The hypervisor is the only truth. A VM that is powered off is stopped, whoever did it: its
 * process that came to its end, this interface, an administrator, a loss of power. Nothing is kept
 * in this object: all VMs are found again, with specification, state and exit status, by any
 * process that opens the same hypervisor.
 *
 * <p><b>Threads.</b> Thread-safe. {@link #start}, {@link #stop}, {@link #kill}, {@link #rename} and
 * {@link #remove} on one VM take their turns within a process: a call waits for the one before it,
 * then acts on the state that it finds. Between processes the first one wins, and the other gets a
 * {@link io.vic4j.core.ConflictException}; the VM is sound in any case. Queries and {@link #signal}
 * never wait for a turn.
 *
 * <p><b>Errors.</b> All methods that reach the VM throw {@link io.vic4j.core.NotFoundException}
 * once it is removed ({@link #state}, {@link #status} and {@link #remove} aside), {@link
 * io.vic4j.core.UnavailableException} where the hypervisor or the guest does not answer, and {@link
 * io.vic4j.core.CancelledException} if the calling thread is interrupted.
 */
public interface ContainerVm {
  /** Its identifier: 64 hexadecimal digits, the same for as long as the VM is there. */
  String id();

  /**
   * What people call it: unique within its virtual container host. It changes with {@link #rename};
   * what another process or an administrator calls it since then shows here as soon as the
   * hypervisor has told of it, or the VM was looked up under its new name.
   */
  String name();

  /** What it was made from, with the {@linkplain #name name} that it has now. */
  ContainerVmSpec spec();

  /** Where it is in its life, now. {@link ContainerVmState#REMOVED} if it is no more. */
  default ContainerVmState state() {
    return status().state();
  }

  /** How it is now, with its sessions. */
  ContainerVmStatus status();

  /**
   * Powers it on, and returns as soon as it is; {@link #awaitStarted} waits for the guest. A
   * stopped VM starts anew, with what it wrote to its scratch disk; a suspended one goes on where
   * it was. A VM that is on already stays as it is, as with Docker.
   *
   * @throws io.vic4j.core.ConflictException if another process starts or removes it at the same
   *     time
   */
  void start();

  /**
   * Ends it: sends each session its stop signal, waits up to {@code grace} for the VM to power
   * itself off, then kills the sessions, and at last takes the power away. Returns when the VM is
   * off. A guest that does not answer loses its power at once. Does nothing if it is off already.
   *
   * @param grace how long its sessions have to end well; zero to kill them at once
   */
  void stop(Duration grace);

  /**
   * Kills all sessions, takes the power away from a guest that does not do so itself, and returns
   * when the VM is off.
   *
   * @throws io.vic4j.core.ConflictException if it is not on
   */
  void kill();

  /**
   * Sends a signal to the process of one session, and does not wait for what comes of it.
   *
   * @throws io.vic4j.core.NotFoundException if it has no such session
   * @throws io.vic4j.core.ConflictException if it is not on, or the session is over
   */
  void signal(String session, Signal signal);

  /**
   * Waits until the guest has begun its sessions, or is over already.
   *
   * @return how it was then
   * @throws io.vic4j.core.TimedOutException if that takes longer than {@code timeout}
   */
  ContainerVmStatus awaitStarted(Duration timeout);

  /**
   * Waits until it is {@linkplain ContainerVmState#STOPPED stopped}; one that was not started yet
   * is waited for too.
   *
   * @return how the main session ended
   * @throws io.vic4j.core.TimedOutException if that takes longer than {@code timeout}
   * @throws io.vic4j.core.NotFoundException if it is removed first
   */
  ExitStatus awaitExit(Duration timeout);

  /**
   * What a session has printed, from the VM's first start on, up to now. The caller closes the
   * reader.
   *
   * @throws io.vic4j.core.NotFoundException if it has no such session
   */
  default LogReader logs(String session) {
    return logs(session, 0);
  }

  /**
   * As {@link #logs(String)}, but goes on where a reader has come to. Costs as much as there is to
   * read from there on.
   *
   * @param position the {@link LogReader#position} of an earlier reader of this log
   */
  default LogReader logs(String session, long position) {
    return logs(session, LogOptions.ALL.from(position));
  }

  /**
   * A part of what a session has printed. The caller closes the reader. One that follows waits for
   * more, and ends when the session is over or the VM is off.
   *
   * @throws io.vic4j.core.NotFoundException if it has no such session
   */
  LogReader logs(String session, LogOptions options);

  /**
   * Begins a program beside a session, in its root file system and namespaces. The caller closes
   * it. A program that is not there or cannot be executed ends at once, with 127 or 126 and a
   * {@linkplain GuestProcess#message message}.
   *
   * @throws io.vic4j.core.NotFoundException if it has no such session
   * @throws io.vic4j.core.ConflictException if the session does not run, or the VM is about to stop
   * @throws io.vic4j.core.UnsupportedException if the hypervisor has no streams into its guests
   */
  GuestProcess exec(ExecSpec spec);

  /**
   * Attaches to a session's process: to what it prints from a position of its log on, and to its
   * standard input, if it was made with one, or its terminal. The caller closes it, and the session
   * goes on. Several may be attached at a time.
   *
   * @param position a {@link LogReader#position}; 0 for all that it has printed
   * @throws io.vic4j.core.NotFoundException if it has no such session
   * @throws io.vic4j.core.ConflictException if the session has an input or a terminal and does not
   *     run
   * @throws io.vic4j.core.UnsupportedException if the session has an input or a terminal, and the
   *     hypervisor has no streams into its guests
   */
  GuestProcess attach(String session, long position);

  /**
   * What it uses now.
   *
   * @throws io.vic4j.core.ConflictException if it is not running
   * @throws io.vic4j.core.UnsupportedException if the hypervisor has no streams into its guests
   */
  GuestStats stats();

  /**
   * A file or folder of a session's root file system, with all below it, volumes included. Asked of
   * the guest while it runs, read from the disks while the VM is off. The caller closes it.
   *
   * @param path absolute; its symbolic links are followed within the root
   * @param followLink whether a symbolic link at the path itself stands for what it points to
   * @throws io.vic4j.core.NotFoundException if there is no such session or file
   * @throws io.vic4j.core.ConflictException if the VM is neither off nor running
   * @throws io.vic4j.core.UnsupportedException if it runs and the hypervisor has no streams into
   *     its guests, or it is off and this was made without a reader of disks
   */
  CopiedFiles copyOut(String session, String path, boolean followLink);

  /**
   * Unpacks a tar in a session's root file system, volumes included, with owners, permissions,
   * times and extended attributes. Done by the guest while the VM runs, on the disks while it is
   * off.
   *
   * <p>What is there already is replaced; a folder in the tar joins the one that is there, and a
   * folder that holds something gives way to nothing but a folder. Missing folders are made. Names
   * in the tar, and symbolic links that they lead over, stay below the path.
   *
   * <p>While the VM is off, all of the tar is unpacked, or nothing, and each disk that changes is
   * written anew: that takes as long, and as much room for a while, as what is on it. Copies to one
   * VM follow each other. What is in memory while the VM runs cannot be copied to.
   *
   * @param path of a folder that is there: absolute
   * @param tar read to its end, or until the guest has enough; stays the caller's
   * @throws io.vic4j.core.NotFoundException if there is no such session or folder
   * @throws io.vic4j.core.ConflictException if the VM is neither off nor running, or is started
   *     meanwhile; or, while it is off, if something in the tar would be where nothing can be
   *     written or something cannot be replaced, or a VM that is on uses the volume
   * @throws io.vic4j.core.InvalidArgumentException if it is no tar
   * @throws io.vic4j.core.OutOfSpaceException if it is off and a disk has no room for it
   * @throws io.vic4j.core.UnsupportedException if it runs and the hypervisor has no streams into
   *     its guests, or it is off and this was made without a reader of disks
   * @throws IOException if reading the tar fails
   */
  void copyIn(String session, String path, InputStream tar) throws IOException;

  /**
   * Replaces the files of a volume on a {@linkplain DiskAttachment.Role#FILES disk of files}, for
   * all sessions at once: all files or, where it fails, none. Who has one of the old ones open
   * reads it to its end, and a mount of a part of the volume keeps what was there. Does nothing
   * where the same files are there already. The disk stays as it is: a VM that starts anew begins
   * with what is on it.
   *
   * @param fileSystem the disk's
   * @param volume the name of a folder of the disk
   * @param tar of files and folders, their permissions and owners; read to its end, or until the
   *     guest has enough; stays the caller's
   * @throws io.vic4j.core.NotFoundException if there is no such disk, or no such folder on it
   * @throws io.vic4j.core.ConflictException if the VM is not running: start it first
   * @throws io.vic4j.core.InvalidArgumentException if it is no such tar
   * @throws io.vic4j.core.UnsupportedException if the hypervisor has no streams into its guests
   * @throws IOException if reading the tar fails
   */
  void replaceFiles(UUID fileSystem, String volume, InputStream tar) throws IOException;

  /**
   * Connects to a TCP port of the guest, at its loopback address. The caller closes it.
   *
   * @throws io.vic4j.core.ConflictException if the VM is not running
   * @throws io.vic4j.core.UnavailableException if nothing listens there
   * @throws io.vic4j.core.UnsupportedException if the hypervisor has no streams into its guests
   */
  GuestConnection dial(int port);

  /**
   * Changes what is noted on it, whatever state it is in: {@link ContainerVmSpec#labels}. Labels
   * that are not named stay. Other processes see it as they look it up, or as they are told of it.
   *
   * @param changes the new values by key; an empty one takes the label away
   * @throws InvalidSpecException if a key is empty, or there is too much to be kept with a VM
   * @throws io.vic4j.core.ConflictException if another process changes it again and again
   */
  void relabel(Map<String, String> changes);

  /**
   * Makes it what another specification says, whatever state it is in. Other labels, another {@link
   * ContainerVmSpec#deadline}, further disks of {@linkplain DiskAttachment.Role#LAYER layers}, and
   * other sessions of the same names and scratch disks are possible. If it runs, its guest does so
   * at once: a session that is other than it was is ended with its own grace, and begun again as it
   * is now; the others do not notice. Where its layers are others, what it wrote is gone. This
   * returns when the guest has taken notice. A session that is over stays so until the next start.
   *
   * @param change gets what it is now, and gives what it is to be; asked again if somebody else has
   *     changed it meanwhile
   * @throws InvalidSpecException if there is too much to be kept with a VM
   * @throws io.vic4j.core.UnsupportedException if anything else is different: it names that
   * @throws io.vic4j.core.NotFoundException if a disk is not there
   * @throws io.vic4j.core.ConflictException if another process changes it again and again; if it
   *     runs and has no place for the disks until it is started anew; or if it has run, is off, and
   *     a session is to have other layers: start it first
   * @throws io.vic4j.core.UnavailableException if the guest does not take notice in half a minute:
   *     it follows as soon as it can
   */
  void revise(UnaryOperator<ContainerVmSpec> change);

  /**
   * Gives it another name, whatever state it is in; it stays the same VM, with the same identifier
   * and hostname. Does nothing if that is its name already.
   *
   * @throws InvalidSpecException if it is not a VM's name
   * @throws io.vic4j.core.AlreadyExistsException if its virtual container host has another VM of
   *     this name
   */
  void rename(String name);

  /**
   * Removes it, with its scratch disks; layers and volumes stay. Does nothing if it is removed
   * already.
   *
   * @throws io.vic4j.core.ConflictException if it is on or suspended: stop it first
   */
  void remove();

  /** Takes its power away, if it is on, and {@linkplain #remove removes} it. */
  void removeForcibly();
}

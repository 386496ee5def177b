package io.vic4j.core.vsphere;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.MissingObject;
import com.vmware.vim25.ObjectContent;
import com.vmware.vim25.ObjectUpdate;
import com.vmware.vim25.ObjectUpdateKind;
import com.vmware.vim25.PropertyChange;
import com.vmware.vim25.PropertyFilterUpdate;
import com.vmware.vim25.UpdateSet;
import io.vic4j.core.CancelledException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VicException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a view of VMs and a board of tasks as the server has them, on a thread of its own. */
final class UpdateLoop implements AutoCloseable {
  /*
   * One call waits for changes of all VMs and all tasks at once. Whatever goes wrong with it, a new
   * collector is made and everything is read anew: an answer that was lost cannot be asked for
   * again, but the difference of two states misses nothing. What cannot be mended, such as a folder
   * without permission, is tried again and again, at growing distances.
   *
   * A task may slip through: vCenter Server lists the last 200 that ended, in ten minutes. So one
   * that was waited for too long is looked at, all such in one call, as seldom.
   */
  private static final Logger log = LoggerFactory.getLogger(UpdateLoop.class);
  private static final Duration TASK_PATIENCE = Duration.ofSeconds(30);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);

  private final VimSession session;
  private final ManagedObjectReference folder;
  private final VmView view;
  private final TaskBoard tasks;
  private final Properties properties;
  private final Thread thread;

  /** Held while changes are applied, so that they are seen all or not at all. */
  private final Object applying = new Object();

  private volatile @Nullable PropertyWatch watch;
  private volatile boolean closed;

  private UpdateLoop(
      VimSession session, ManagedObjectReference folder, VmView view, TaskBoard tasks) {
    this.session = session;
    this.folder = folder;
    this.view = view;
    this.tasks = tasks;
    this.properties = new Properties(session);
    this.thread = new Thread(this::run, "vic4j-vsphere-updates");
    this.thread.setDaemon(true);
  }

  /**
   * Reads how everything is, and from then on keeps it so.
   *
   * @param folder where the VMs are
   * @throws VicException if it cannot be read
   */
  static UpdateLoop start(
      VimSession session, ManagedObjectReference folder, VmView view, TaskBoard tasks) {
    UpdateLoop loop = new UpdateLoop(session, folder, view, tasks);
    loop.watch = loop.begin();
    loop.thread.start();
    return loop;
  }

  /** A new watch, and the state of everything. */
  private PropertyWatch begin() {
    PropertyWatch fresh = PropertyWatch.open(session, folder);
    try {
      List<UpdateSet> all = new ArrayList<>();
      UpdateSet updates = fresh.next(Duration.ZERO);
      while (updates != null) {
        all.add(updates);
        // The first answer may come in pieces.
        updates = Boolean.TRUE.equals(updates.getTruncated()) ? fresh.next(Duration.ZERO) : null;
      }
      synchronized (applying) {
        view.began();
        all.forEach(this::gather);
        settle();
      }
      return fresh;
    } catch (VicException e) {
      fresh.close();
      throw e;
    }
  }

  private void run() {
    Duration pause = Duration.ZERO;
    while (!closed) {
      String seen = session.client().session();
      try {
        PropertyWatch current = watch;
        if (current == null) {
          pause(pause);
          pause = longer(pause);
          watch = begin();
          lookAt(tasks.overdue(Duration.ZERO));
          log.info("connected to vSphere again; all VMs were read anew");
        } else {
          UpdateSet updates =
              current.next(tasks.isAwaited() ? TASK_PATIENCE : PropertyWatch.LONGEST_WAIT);
          pause = Duration.ZERO;
          if (updates != null) {
            synchronized (applying) {
              gather(updates);
              settle();
            }
          }
          lookAt(tasks.overdue(TASK_PATIENCE));
        }
      } catch (VicException e) {
        mend(e, seen);
      } catch (RuntimeException e) {
        log.error("the updates of VMs cannot be understood; all is read anew", e);
        mend(new UnavailableException("the updates of VMs cannot be understood", e), seen);
      }
    }
  }

  private void mend(VicException failure, @Nullable String seen) {
    PropertyWatch broken = watch;
    watch = null;
    if (closed) {
      return;
    }
    view.down(failure);
    log.debug("the watch of VMs broke", failure);
    try {
      if (VimFaults.isExpiry(failure)) {
        session.renewed(seen);
      } else if (broken != null) {
        broken.close();
      }
    } catch (VicException e) {
      log.warn("the session cannot be renewed: {}", e.getMessage());
    }
  }

  private static Duration longer(Duration pause) {
    Duration longer = pause.isZero() ? FIRST_PAUSE : pause.multipliedBy(2);
    return longer.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : longer;
  }

  private static void pause(Duration pause) {
    try {
      TimeUnit.NANOSECONDS.sleep(pause.toNanos());
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "watch of VMs");
    }
  }

  private void gather(UpdateSet updates) {
    for (PropertyFilterUpdate filter : orEmpty(updates.getFilterSet())) {
      for (ObjectUpdate update : orEmpty(filter.getObjectSet())) {
        gather(update);
      }
      for (MissingObject missing : orEmpty(filter.getMissingSet())) {
        if (missing.getObj() != null && isVm(missing.getObj())) {
          view.left(missing.getObj());
        }
      }
    }
  }

  private void gather(ObjectUpdate update) {
    ManagedObjectReference object = update.getObj();
    if (isVm(object) && update.getKind() == ObjectUpdateKind.leave) {
      view.left(object);
      return;
    }
    for (PropertyChange change : orEmpty(update.getChangeSet())) {
      changed(object, change.getName(), change.getVal());
    }
  }

  private void changed(ManagedObjectReference object, String property, @Nullable Object value) {
    if (isVm(object)) {
      view.changed(object, property, value);
    } else {
      tasks.changed(object.getVal(), property, value);
    }
  }

  private static boolean isVm(ManagedObjectReference object) {
    return object.getType().equals("VirtualMachine");
  }

  private void settle() {
    view.settle(); // First what a task has done, then that it is done.
    tasks.settle();
  }

  /** Looks at tasks that somebody waits for, all in one call. */
  private void lookAt(List<ManagedObjectReference> overdue) {
    if (overdue.isEmpty()) {
      return;
    }
    log.debug("looking at {} tasks that nothing was heard of", overdue.size());
    List<ObjectContent> found =
        properties.ofThoseThere(overdue, "Task", PropertyWatch.TASK_PROPERTIES);
    for (ManagedObjectReference task : overdue) {
      found.stream()
          .filter(content -> content.getObj().getVal().equals(task.getVal()))
          .findFirst()
          .ifPresentOrElse(
              content ->
                  Properties.of(content)
                      .forEach((name, value) -> tasks.changed(task.getVal(), name, value)),
              () ->
                  tasks.lost(
                      task,
                      new BrokenConnectionException(
                          "vSphere does not know any more what became of " + Moref.text(task),
                          true,
                          null)));
    }
    tasks.settle();
  }

  /** Reads one VM now, where its news does not come. */
  void refresh(ManagedObjectReference vm) {
    synchronized (applying) { // What is applied before is older than what is read, not newer.
      List<ObjectContent> found =
          properties.ofThoseThere(List.of(vm), "VirtualMachine", PropertyWatch.VM_PROPERTIES);
      if (found.isEmpty()) {
        view.left(vm);
      }
      for (ObjectContent content : found) {
        Properties.of(content).forEach((name, value) -> view.changed(vm, name, value));
      }
      view.settle();
    }
  }

  static <T> List<T> orEmpty(T @Nullable [] array) {
    return array == null ? List.of() : List.of(array);
  }

  @Override
  public void close() {
    closed = true;
    CancelledException why =
        new CancelledException("cancelled: the connection to vSphere is closed");
    view.close(why);
    tasks.close(why);
    PropertyWatch current = watch;
    if (current != null) {
      current.close(); // Which ends its wait, too.
    }
    thread.interrupt();
    boolean interrupted = false;
    try {
      thread.join(TimeUnit.SECONDS.toMillis(5));
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

package io.vic4j.core.vsphere;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.ObjectSpec;
import com.vmware.vim25.PropertyFilterSpec;
import com.vmware.vim25.PropertySpec;
import com.vmware.vim25.SelectionSpec;
import com.vmware.vim25.TraversalSpec;
import com.vmware.vim25.UpdateSet;
import com.vmware.vim25.WaitOptions;
import io.vic4j.core.VicException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A property collector of our own, which watches the VMs below a folder and the tasks of late. It
 * ends with the session it was made in. For use by one thread, closing aside, which ends a wait.
 *
 * <p>Source: vSphere Web Services API, PropertyCollector, {@code WaitForUpdatesEx}.
 */
final class PropertyWatch implements AutoCloseable {
  /** How long a call waits at most where nothing happens: a sign of life for the session, too. */
  static final Duration LONGEST_WAIT = Duration.ofSeconds(60);

  /** What is watched of a VM. */
  static final List<String> VM_PROPERTIES =
      List.of(
          "name",
          "runtime.powerState",
          "runtime.bootTime",
          "runtime.connectionState",
          "config.changeVersion",
          "config.files.vmPathName",
          "config.extraConfig");

  /** What is watched of a task. */
  static final List<String> TASK_PROPERTIES = List.of("info.state", "info.error", "info.result");

  private static final Logger log = LoggerFactory.getLogger(PropertyWatch.class);

  private final VimSession session;
  private final ManagedObjectReference collector;
  private final ManagedObjectReference view;
  private String version = "";

  private PropertyWatch(
      VimSession session, ManagedObjectReference collector, ManagedObjectReference view) {
    this.session = session;
    this.collector = collector;
    this.view = view;
  }

  /**
   * Begins to watch.
   *
   * @param folder a folder of VMs, and of such folders
   */
  static PropertyWatch open(VimSession session, ManagedObjectReference folder) {
    String what = "watch of VMs";
    ManagedObjectReference view =
        session.call(
            what,
            vim ->
                vim.createContainerView(
                    session.content().getViewManager(),
                    folder,
                    new String[] {"VirtualMachine"},
                    true));
    ManagedObjectReference collector;
    try {
      collector =
          session.call(
              what, vim -> vim.createPropertyCollector(session.content().getPropertyCollector()));
    } catch (VicException e) {
      forget(session, vim -> vim.destroyView(view));
      throw e;
    }
    PropertyWatch watch = new PropertyWatch(session, collector, view);
    try {
      watch.filter(
          properties("VirtualMachine", VM_PROPERTIES), walk(view, "ContainerView", "view"));
      watch.filter(
          properties("Task", TASK_PROPERTIES),
          walk(session.content().getTaskManager(), "TaskManager", "recentTask"));
      return watch;
    } catch (VicException e) {
      watch.close();
      throw e;
    }
  }

  private void filter(PropertySpec properties, ObjectSpec objects) {
    PropertyFilterSpec spec = new PropertyFilterSpec();
    spec.setPropSet(new PropertySpec[] {properties});
    spec.setObjectSet(new ObjectSpec[] {objects});
    session.call("watch of VMs", vim -> vim.createFilter(collector, spec, true));
  }

  static PropertySpec properties(String type, List<String> paths) {
    PropertySpec spec = new PropertySpec();
    spec.setType(type);
    spec.setPathSet(paths.toArray(String[]::new));
    return spec;
  }

  /** All objects that a property of an object refers to. */
  private static ObjectSpec walk(ManagedObjectReference from, String type, String property) {
    TraversalSpec step = new TraversalSpec();
    step.setType(type);
    step.setPath(property);
    step.setSkip(false);
    ObjectSpec spec = new ObjectSpec();
    spec.setObj(from);
    spec.setSkip(true);
    spec.setSelectSet(new SelectionSpec[] {step});
    return spec;
  }

  /**
   * Waits for changes; the first time gives all that is there.
   *
   * @param longest how long it waits at most, up to {@link #LONGEST_WAIT}; whole seconds
   * @return the changes; null if there were none
   */
  @Nullable UpdateSet next(Duration longest) {
    WaitOptions options = new WaitOptions();
    options.setMaxWaitSeconds(Math.toIntExact(longest.toSeconds()));
    UpdateSet updates =
        session.call("watch of VMs", vim -> vim.waitForUpdatesEx(collector, version, options));
    if (updates != null) {
      version = updates.getVersion();
    }
    return updates;
  }

  /** Lets the server forget the watch, if it still answers and has not done so. Ends a wait. */
  @Override
  public void close() {
    forget(session, vim -> vim.destroyPropertyCollector(collector));
    forget(session, vim -> vim.destroyView(view));
  }

  private static void forget(VimSession session, VimSession.Order order) {
    try {
      session.run("end of a watch", order);
    } catch (VicException e) {
      log.debug("the watch ends with its session", e);
    }
  }
}

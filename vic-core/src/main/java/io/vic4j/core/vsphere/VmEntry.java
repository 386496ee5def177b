package io.vic4j.core.vsphere;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.OptionValue;
import com.vmware.vim25.VirtualMachineConnectionState;
import com.vmware.vim25.VirtualMachinePowerState;
import io.vic4j.core.vm.PowerState;
import io.vic4j.core.vm.VmRecord;
import java.time.Instant;
import java.util.Calendar;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What is known of a VM, ours or not, put together from its properties. Not thread-safe. */
final class VmEntry {
  /** One element of the list that changed (vSphere Web Services API, PropertyChange.name). */
  private static final Pattern ONE_OPTION =
      Pattern.compile("config\\.extraConfig\\[\"(.*)\"](\\.value)?", Pattern.DOTALL);

  private final ManagedObjectReference reference;
  private final VmNames names;
  private String name = "";
  private @Nullable VirtualMachinePowerState power;
  private @Nullable VirtualMachineConnectionState connection;
  private @Nullable Instant bootTime;
  private String changeVersion = "";
  private String home = "";
  private Map<String, String> extra = new TreeMap<>();
  private @Nullable KnownVm known;
  private boolean current;

  VmEntry(ManagedObjectReference reference, VmNames names) {
    this.reference = reference;
    this.names = names;
  }

  /** A property has another value; null if it has none any more. */
  void changed(String property, @Nullable Object value) {
    current = false;
    switch (property) {
      case "name" -> name = value instanceof String text ? Inventory.plain(text) : "";
      case "runtime.powerState" ->
          power = value instanceof VirtualMachinePowerState state ? state : null;
      case "runtime.connectionState" ->
          connection = value instanceof VirtualMachineConnectionState state ? state : null;
      case "runtime.bootTime" ->
          bootTime = value instanceof Calendar time ? time.toInstant() : null;
      case "config.changeVersion" -> changeVersion = value instanceof String text ? text : "";
      case "config.files.vmPathName" -> home = value instanceof String text ? text : "";
      case "config.extraConfig" -> {
        extra = new TreeMap<>();
        if (value instanceof OptionValue[] options) {
          for (OptionValue option : options) {
            put(option.getKey(), option.getValue());
          }
        }
      }
      default -> changedOption(property, value);
    }
  }

  private void changedOption(String property, @Nullable Object value) {
    Matcher one = ONE_OPTION.matcher(property);
    if (one.matches()) {
      put(one.group(1), value instanceof OptionValue option ? option.getValue() : value);
    }
  }

  private void put(String key, @Nullable Object value) {
    if (value == null) {
      extra.remove(key);
    } else {
      extra.put(key, value.toString());
    }
  }

  /** How it is now, if it is one of ours; null if it is not, or not yet. */
  @Nullable KnownVm known() {
    if (!current) {
      known = make();
      current = true;
    }
    return known;
  }

  private @Nullable KnownVm make() {
    String id = extra.get(VmKeys.ID);
    String scope = extra.get(VmKeys.SCOPE);
    if (id == null || scope == null || power == null || extra.containsKey(VmKeys.IMPORT)) {
      return null;
    }
    if (!names.isOurs(extra)) {
      return null;
    }
    PowerState state = powerState();
    return new KnownVm(
        reference,
        new VmRecord(
            id,
            scope,
            names.plain(name, scope, extra),
            state,
            state == PowerState.OFF ? Optional.empty() : Optional.ofNullable(bootTime),
            VmKeys.variables(extra),
            changeVersion),
        home,
        Map.copyOf(extra));
  }

  private PowerState powerState() {
    if (connection != null && connection != VirtualMachineConnectionState.connected) {
      return PowerState.UNKNOWN;
    }
    if (power == VirtualMachinePowerState.poweredOn) {
      return PowerState.ON;
    }
    return power == VirtualMachinePowerState.suspended ? PowerState.SUSPENDED : PowerState.OFF;
  }
}

package io.vic4j.core.vsphere;

import com.vmware.vim25.OptionValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How what we keep with a VM stands in its extra configuration ({@code
 * VirtualMachineConfigInfo.extraConfig}), among what vSphere and others keep there.
 *
 * <p>Variables that the guest sees keep their key, {@code guestinfo.…}; the others get the prefix
 * {@value #HIDDEN}, which no guest can read.
 */
final class VmKeys {
  /** The identifier of the VM's definition. */
  static final String ID = "vic4j.id";

  /** Whose VM it is. */
  static final String SCOPE = "vic4j.scope";

  /** What it is called, where the inventory's name has more than that. */
  static final String NAME = "vic4j.name";

  /** What stands for the folder of all our VMs, where all VMs stand in one place. */
  static final String FOLDER = "vic4j.folder";

  /** The names of its serial ports, a line each. */
  static final String LOGS = "vic4j.logs";

  /** Its scratch disks, in our datastore, a line each. */
  static final String SCRATCH = "vic4j.scratch";

  /** Its disks that others use too and that must not go with it, a line each. */
  static final String VOLUMES = "vic4j.volumes";

  /** On a VM that holds a disk during its import: the datastore's folder that it is for. */
  static final String IMPORT = "vic4j.import";

  private static final String HIDDEN = "vic4j.var.";
  private static final String SEEN = "guestinfo.";

  private VmKeys() {}

  /** The variables among a VM's extra configuration. */
  static SortedMap<String, String> variables(Map<String, String> extra) {
    SortedMap<String, String> variables = new TreeMap<>();
    extra.forEach(
        (key, value) -> {
          if (key.startsWith(SEEN)) {
            variables.put(key, value);
          } else if (key.startsWith(HIDDEN)) {
            variables.put(key.substring(HIDDEN.length()), value);
          }
        });
    return variables;
  }

  /** Where a variable stands. */
  static String key(String variable) {
    return variable.startsWith(SEEN) ? variable : HIDDEN + variable;
  }

  /** Entries as the API takes them. */
  static OptionValue[] options(Map<String, String> extra) {
    List<OptionValue> options = new ArrayList<>();
    extra.forEach((key, value) -> options.add(option(key, value)));
    return options.toArray(OptionValue[]::new);
  }

  /** One entry as the API takes it. */
  static OptionValue option(String key, String value) {
    OptionValue option = new OptionValue();
    option.setKey(key);
    option.setValue(value);
    return option;
  }

  /** The entries of a list that stands in one value, a line each. */
  static List<String> lines(Map<String, String> extra, String key) {
    return extra.getOrDefault(key, "").lines().toList();
  }
}

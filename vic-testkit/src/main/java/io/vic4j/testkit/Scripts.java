package io.vic4j.testkit;

import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.SessionSpec;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiPredicate;

/**
 * Scripts by what is run: the rule that was added last and fits decides. Where none fits, a process
 * exits with 0 at once. Thread-safe.
 */
public final class Scripts implements ScriptSource {
  private record Rule(BiPredicate<ContainerVmSpec, SessionSpec> fits, Script script) {}

  private final List<Rule> rules = new CopyOnWriteArrayList<>();

  /** No rules yet. */
  public Scripts() {}

  /** All processes follow this script, unless a later rule says otherwise. */
  public Scripts always(Script script) {
    return when((vm, session) -> true, script);
  }

  /** Processes of which this holds follow this script. */
  public Scripts when(BiPredicate<ContainerVmSpec, SessionSpec> condition, Script script) {
    rules.add(0, new Rule(condition, script));
    return this;
  }

  /** Processes of this program follow this script, whatever their other arguments. */
  public Scripts program(String program, Script script) {
    return when((vm, session) -> session.argv().get(0).equals(program), script);
  }

  /** Sessions of this name follow this script. */
  public Scripts session(String name, Script script) {
    return when((vm, session) -> session.name().equals(name), script);
  }

  /** Processes in VMs with this label follow this script. */
  public Scripts label(String key, String value, Script script) {
    return when((vm, session) -> value.equals(vm.labels().get(key)), script);
  }

  @Override
  public Script script(ContainerVmSpec vm, SessionSpec session) {
    for (Rule rule : rules) {
      if (rule.fits.test(vm, session)) {
        return rule.script;
      }
    }
    return Script.exits(0);
  }
}

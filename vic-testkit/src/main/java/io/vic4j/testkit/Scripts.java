package io.vic4j.testkit;

import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.GuestAction;
import io.vic4j.core.vm.SessionSpec;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiPredicate;

/**
 * Scripts by what is run, and answers by who is probed: the rule that was added last and fits
 * decides. Where none fits, a process exits with 0 at once, and a probe goes well. Thread-safe.
 */
public final class Scripts implements ScriptSource {
  private record Rule(
      BiPredicate<ContainerVmSpec, SessionSpec> fits,
      boolean sessions,
      boolean execs,
      Script script) {
    boolean decides(boolean exec, ContainerVmSpec vm, SessionSpec process) {
      return (exec ? execs : sessions) && fits.test(vm, process);
    }
  }

  private record Answering(BiPredicate<ContainerVmSpec, SessionSpec> fits, ProbeAnswers answers) {}

  private final List<Answering> answerings = new CopyOnWriteArrayList<>();
  private final List<Rule> rules = new CopyOnWriteArrayList<>();

  /** No rules yet. */
  public Scripts() {}

  private Scripts add(Rule rule) {
    rules.add(0, rule);
    return this;
  }

  /** All sessions follow this script, unless a later rule says otherwise. */
  public Scripts always(Script script) {
    return when((vm, session) -> true, script);
  }

  /** Sessions of which this holds follow this script. */
  public Scripts when(BiPredicate<ContainerVmSpec, SessionSpec> condition, Script script) {
    return add(new Rule(condition, true, false, script));
  }

  /**
   * Processes of this program follow this script, whatever their other arguments: sessions, and
   * those that are run beside them.
   */
  public Scripts program(String program, Script script) {
    return add(
        new Rule((vm, process) -> process.argv().get(0).equals(program), true, true, script));
  }

  /** Processes run beside sessions follow this script, where this holds of them. */
  public Scripts whenExec(BiPredicate<ContainerVmSpec, SessionSpec> condition, Script script) {
    return add(new Rule(condition, false, true, script));
  }

  /** Sessions of this name follow this script. */
  public Scripts session(String name, Script script) {
    return when((vm, session) -> session.name().equals(name), script);
  }

  /**
   * Probes and hooks over the network find this, in sessions of which this holds; those that run a
   * program follow its {@linkplain #program script}.
   */
  public Scripts whenProbed(
      BiPredicate<ContainerVmSpec, SessionSpec> condition, ProbeAnswers answers) {
    answerings.add(0, new Answering(condition, answers));
    return this;
  }

  /** Probes and hooks over the network find this, in sessions of this name. */
  public Scripts probed(String session, ProbeAnswers answers) {
    return whenProbed((vm, it) -> it.name().equals(session), answers);
  }

  /** Sessions of VMs with this label follow this script. */
  public Scripts label(String key, String value, Script script) {
    return when((vm, session) -> value.equals(vm.labels().get(key)), script);
  }

  @Override
  public Script script(ContainerVmSpec vm, SessionSpec session) {
    return decide(false, vm, session);
  }

  @Override
  public Script exec(ContainerVmSpec vm, SessionSpec process) {
    return decide(true, vm, process);
  }

  @Override
  public ProbeAnswer answer(
      ContainerVmSpec vm, SessionSpec session, GuestAction action, Duration sinceBegun) {
    for (Answering rule : answerings) {
      if (rule.fits.test(vm, session)) {
        return rule.answers.answer(session, action, sinceBegun);
      }
    }
    return ProbeAnswer.ok();
  }

  private Script decide(boolean exec, ContainerVmSpec vm, SessionSpec process) {
    for (Rule rule : rules) {
      if (rule.decides(exec, vm, process)) {
        return rule.script;
      }
    }
    return Script.exits(0);
  }
}

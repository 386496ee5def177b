package io.vic4j.testkit.contract;

import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.ScriptSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Lets guests in memory run {@link Program}s. Thread-safe. */
final class ScriptedPrograms implements ScriptSource {
  /** What the processes of a program do, the next one first. */
  private static final class Runs {
    private final List<Script> scripts;
    private final AtomicInteger count = new AtomicInteger();

    Runs(Program program) {
      this.scripts = program.runs();
    }

    Script next() {
      return scripts.get(Math.min(count.getAndIncrement(), scripts.size() - 1));
    }
  }

  private final Map<String, Runs> programs = new ConcurrentHashMap<>();

  /** What runs a program from now on. */
  List<String> argv(Program program) {
    programs.computeIfAbsent(program.name(), name -> new Runs(program));
    return List.of(program.name());
  }

  @Override
  public Script script(ContainerVmSpec vm, SessionSpec session) {
    return exec(vm, session);
  }

  @Override
  public Script exec(ContainerVmSpec vm, SessionSpec process) {
    String name = process.argv().get(0);
    Runs runs = programs.get(name);
    return runs == null
        ? Script.failsToStart(127, "exec: " + name + ": no such file")
        : runs.next();
  }
}

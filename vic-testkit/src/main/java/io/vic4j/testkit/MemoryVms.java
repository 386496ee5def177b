package io.vic4j.testkit;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.vm.VmDefinition;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The VMs of a {@link MemoryHypervisor}, by their identifiers and by their names, which are unique
 * within a scope; guarded by the hypervisor's lock.
 */
final class MemoryVms {
  private final SortedMap<String, MemoryVm> byId = new TreeMap<>();
  private final Map<String, SortedMap<String, MemoryVm>> byName = new HashMap<>();

  private SortedMap<String, MemoryVm> names(String scope) {
    return byName.computeIfAbsent(scope, key -> new TreeMap<>());
  }

  /**
   * Checks that no VM has the identifier or the name of a new one.
   *
   * @throws AlreadyExistsException if one has
   */
  void checkNew(VmDefinition definition) {
    if (names(definition.scope()).containsKey(definition.name())
        || byId.containsKey(definition.id())) {
      throw new AlreadyExistsException("container vm", definition.name());
    }
  }

  /** Adds one that is new. */
  void add(MemoryVm vm) {
    VmDefinition definition = vm.definition();
    byId.put(definition.id(), vm);
    names(definition.scope()).put(definition.name(), vm);
  }

  void remove(VmDefinition definition) {
    byId.remove(definition.id());
    names(definition.scope()).remove(definition.name());
  }

  /**
   * Gives a VM another name.
   *
   * @throws AlreadyExistsException if another VM of its scope has it
   */
  void rename(MemoryVm vm, String name) {
    Map<String, MemoryVm> names = names(vm.definition().scope());
    if (vm.definition().name().equals(name)) {
      return;
    }
    if (names.containsKey(name)) {
      throw new AlreadyExistsException("container vm", name);
    }
    names.remove(vm.definition().name());
    vm.rename(name);
    names.put(name, vm);
  }

  /** All of them, in the order of their identifiers. */
  Collection<MemoryVm> all() {
    return byId.values();
  }

  /** Those of a scope, in the order of their names. */
  Collection<MemoryVm> of(String scope) {
    return names(scope).values();
  }

  Optional<MemoryVm> find(String id) {
    return Optional.ofNullable(byId.get(id));
  }

  Optional<MemoryVm> findByName(String scope, String name) {
    return Optional.ofNullable(names(scope).get(name));
  }

  /**
   * The VM with an identifier.
   *
   * @throws NotFoundException if there is none
   */
  MemoryVm get(String id) {
    return find(id).orElseThrow(() -> new NotFoundException("container vm", id));
  }

  /**
   * The VM with an identifier, of which the hypervisor can say how it is.
   *
   * @throws NotFoundException if there is none
   * @throws UnavailableException if it is out of sight
   */
  MemoryVm reachable(String id) {
    MemoryVm vm = get(id);
    if (vm.isOutOfSight()) {
      throw new UnavailableException(
          "the host of VM " + vm.definition().name() + " does not answer", null);
    }
    return vm;
  }
}

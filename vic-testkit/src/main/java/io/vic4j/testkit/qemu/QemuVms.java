package io.vic4j.testkit.qemu;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.vm.VmDefinition;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The VMs of a {@link QemuHypervisor}, whose names are unique within a scope; guarded by the
 * hypervisor's lock.
 */
final class QemuVms {
  private final SortedMap<String, QemuVm> byId = new TreeMap<>();

  /** All of them, in the order of their identifiers. */
  Collection<QemuVm> all() {
    return byId.values();
  }

  /** Those of a scope, in the order of their names. */
  List<QemuVm> of(String scope) {
    return byId.values().stream()
        .filter(vm -> vm.definition().scope().equals(scope))
        .sorted(Comparator.comparing(vm -> vm.definition().name()))
        .toList();
  }

  @Nullable QemuVm find(String id) {
    return byId.get(id);
  }

  Optional<QemuVm> findByName(String scope, String name) {
    return byId.values().stream()
        .filter(vm -> vm.definition().scope().equals(scope) && vm.definition().name().equals(name))
        .findFirst();
  }

  /**
   * The VM with an identifier.
   *
   * @throws NotFoundException if there is none
   */
  QemuVm get(String id) {
    QemuVm vm = byId.get(id);
    if (vm == null) {
      throw new NotFoundException("container vm", id);
    }
    return vm;
  }

  /**
   * Checks that no VM has the identifier or the name of a new one.
   *
   * @throws AlreadyExistsException if one has
   */
  void checkNew(VmDefinition definition) {
    if (byId.containsKey(definition.id())) {
      throw new AlreadyExistsException("container vm", definition.name());
    }
    checkFree(definition.scope(), definition.name());
  }

  /**
   * Checks that no VM of a scope has a name.
   *
   * @throws AlreadyExistsException if one has
   */
  void checkFree(String scope, String name) {
    if (findByName(scope, name).isPresent()) {
      throw new AlreadyExistsException("container vm", name);
    }
  }

  void add(QemuVm vm) {
    byId.put(vm.definition().id(), vm);
  }

  void remove(String id) {
    byId.remove(id);
  }
}

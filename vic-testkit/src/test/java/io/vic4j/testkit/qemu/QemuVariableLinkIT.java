package io.vic4j.testkit.qemu;

import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.VariableLinks;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Optional;

/** Streams into guests over variables, as vSphere has them: the tether's side of it is real. */
final class QemuVariableLinkIT extends QemuGuests {
  @Override
  Hypervisor seen(Hypervisor hypervisor) {
    VariableLinks links = VariableLinks.over(((QemuHypervisor) hypervisor).machines());
    return (Hypervisor)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {Hypervisor.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("guestLinks")) {
                return Optional.of(links);
              }
              try {
                return method.invoke(hypervisor, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}

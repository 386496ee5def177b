package io.vic4j.testkit.qemu;

import io.vic4j.core.CancelledException;
import io.vic4j.core.TimedOutException;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.Subscription;
import io.vic4j.core.vm.VariableCommands;
import io.vic4j.core.vm.VariableLinks;
import io.vic4j.core.vm.VmListener;
import io.vic4j.core.vm.VmRecord;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Streams into guests over variables, as vSphere has them: the tether's side of it is real. */
final class QemuVariableLinkIT extends QemuGuests {
  @Override
  Hypervisor seen(Hypervisor hypervisor) {
    VariableLinks links = VariableLinks.over(new Watched(hypervisor));
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

  private record Watched(Hypervisor hypervisor) implements VariableCommands.Machines {
    @Override
    public Optional<VmRecord> find(String id) {
      return hypervisor.find(id);
    }

    @Override
    public VmRecord reconfigure(String id, Map<String, String> changes, String changeVersion) {
      return hypervisor.reconfigure(id, changes, changeVersion);
    }

    @Override
    public Optional<VmRecord> await(String id, Predicate<VmRecord> condition, Duration timeout) {
      Semaphore news = new Semaphore(0);
      VmListener listener =
          new VmListener() {
            @Override
            public void changed(VmRecord vm) {
              news.release();
            }

            @Override
            public void vanished(String gone) {
              news.release();
            }
          };
      Optional<VmRecord> vm = hypervisor.find(id);
      if (vm.isEmpty()) {
        return vm;
      }
      try (Subscription watch = hypervisor.watch(vm.get().scope(), listener)) {
        while (true) {
          vm = hypervisor.find(id);
          if (vm.isEmpty() || condition.test(vm.get())) {
            return vm;
          }
          if (!news.tryAcquire(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new TimedOutException("change of VM " + id, timeout);
          }
        }
      } catch (InterruptedException e) {
        throw CancelledException.from(e, "wait for VM " + id);
      }
    }
  }
}

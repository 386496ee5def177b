package io.vic4j.testkit.demo;

import io.vic4j.image.StoreReport;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Reads a whole store, and tells what is damaged; exit code 1 if anything is. */
@Command(
    name = "verify",
    description = "Read a whole store, and tell what is damaged.",
    mixinStandardHelpOptions = true)
final class VerifyCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private StoreOptions storeOptions = new StoreOptions();

  VerifyCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Store store = Store.open(storeOptions.datastore());
    StoreReport report = store.images().verify(console.progress());
    StoreHealth health = new StoreHealth(report);
    if (storeOptions.json()) {
      console.json(health.json());
    } else {
      health.print(console);
    }
    return report.isWhole() ? 0 : 1;
  }
}

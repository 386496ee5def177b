package io.vic4j.testkit.demo;

import io.vic4j.core.datastore.LocalDatastore;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The options of each command that works on a store. */
final class StoreOptions {
  @Option(
      names = "--store",
      required = true,
      paramLabel = "DIR",
      description = "The folder that holds images and disks; made if it is not there.")
  private Path folder = Path.of("");

  @Option(names = "--json", description = "Print the result as JSON.")
  private boolean json;

  LocalDatastore datastore() {
    return LocalDatastore.at(folder);
  }

  boolean json() {
    return json;
  }
}

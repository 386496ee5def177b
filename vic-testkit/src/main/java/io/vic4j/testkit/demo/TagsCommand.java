package io.vic4j.testkit.demo;

import io.vic4j.core.ImageReference;
import io.vic4j.image.registry.RegistryClient;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists the tags of a repository in a registry. */
@Command(
    name = "tags",
    description = "List the tags of a repository in a registry.",
    mixinStandardHelpOptions = true)
final class TagsCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(paramLabel = "REPO", description = "host:port/name; a tag does not matter.")
  private String repository = "";

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "10000",
      description = "How many there may be (default: ${DEFAULT-VALUE}).")
  private int limit;

  @Option(names = "--json", description = "Print the result as JSON.")
  private boolean json;

  @Mixin private RegistryOptions registryOptions = new RegistryOptions();

  TagsCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    ImageReference reference = ImageReference.parse(repository);
    List<String> tags;
    try (RegistryClient client = registryOptions.client(reference)) {
      tags = client.tags(reference, limit);
    }
    if (json) {
      console.json(tags);
    } else {
      tags.forEach(console.out()::println);
    }
    return 0;
  }
}

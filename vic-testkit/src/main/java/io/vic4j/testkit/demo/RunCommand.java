package io.vic4j.testkit.demo;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The whole main job: an image becomes disks, and a pod lives over them. */
@Command(
    name = "run",
    description = {
      "Pull an image, make its layers disks, and take a pod over them through its life.",
      "The disks are real. The VM is in memory: what its process prints is scripted."
    },
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  private final Console console;

  @Option(
      names = "--image",
      paramLabel = "REF",
      description = {
        ImageArgument.DESCRIPTION,
        "Without it, a sample image is pulled from a registry within this process."
      })
  private @Nullable String image;

  @Option(
      names = "--store",
      paramLabel = "DIR",
      description = "The folder for images and disks; without it, a new temporary folder.")
  private @Nullable Path folder;

  @Option(names = "--json", description = "Print the result as JSON.")
  private boolean json;

  @Mixin private RegistryOptions registryOptions = new RegistryOptions();

  RunCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    PodLife life = new PodLife(folder, registryOptions, console.progress());
    RunReport report = image == null ? life.ofSampleImage() : life.of(image);
    if (json) {
      console.json(report.json());
    } else {
      report.print(console);
    }
    return 0;
  }
}

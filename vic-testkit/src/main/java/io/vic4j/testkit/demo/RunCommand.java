package io.vic4j.testkit.demo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** The whole main job: an image becomes disks, and a pod lives over them. */
@Command(
    name = "run",
    description = {
      "Pull an image, make its layers disks, and take a pod over them through its life.",
      "The disks are real. The VM is in memory, and what its process prints is scripted;",
      "or both are on vSphere, with --backend vsphere, --url and --user.",
      "With --backend qemu, the image's process really runs, in a machine of its own."
    },
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  /** What the pod may stand on. */
  enum Kind {
    MEMORY,
    VSPHERE,
    QEMU
  }

  private final Console console;

  @Spec private @Nullable CommandSpec commandSpec;

  @Option(
      names = "--backend",
      paramLabel = "memory|vsphere|qemu",
      defaultValue = "memory",
      description = "What the pod stands on (default: ${DEFAULT-VALUE}).")
  private Kind kind = Kind.MEMORY;

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
  @Mixin private VsphereOptions vsphereOptions = new VsphereOptions();
  @Mixin private QemuOptions qemuOptions = new QemuOptions();

  RunCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    rejectWrongOptions();
    if (kind == Kind.QEMU) {
      return new QemuRun(qemuOptions, registryOptions, console)
          .run(Objects.requireNonNull(image), MemoryBackend.folder(folder));
    }
    try (Backend backend = backend()) {
      PodLife life = new PodLife(backend, registryOptions, console.progress());
      RunReport report = image == null ? life.ofSampleImage() : life.of(image);
      if (json) {
        console.json(report.json());
      } else {
        report.print(console);
      }
    }
    return 0;
  }

  private Backend backend() {
    return switch (kind) {
      case MEMORY, QEMU -> new MemoryBackend(folder);
      case VSPHERE ->
          new VsphereBackend(
              vsphereOptions.settings(
                  registryOptions.ca(), System.getenv("VIC_PASSWORD"), RunCommand::askForPassword),
              vsphereOptions.guestTimeout());
    };
  }

  @SuppressWarnings("SystemConsoleNull") // From JDK 22 on it reads a pipe, too, to its end.
  private static char @Nullable [] askForPassword() {
    java.io.Console terminal = System.console();
    return terminal == null ? null : terminal.readPassword("Password: ");
  }

  /** Says all that is wrong with the options of the one backend or the other, at once. */
  private void rejectWrongOptions() {
    CommandSpec spec = Objects.requireNonNull(commandSpec);
    List<String> problems = new ArrayList<>();
    if (kind == Kind.VSPHERE) {
      problems.addAll(vsphereOptions.problems());
      if (folder != null) {
        problems.add("--store is for local folders; on vSphere, --datastore and --root say it");
      }
    } else {
      reject(spec, "vsphereOptions", "vsphere", problems);
    }
    if (kind == Kind.QEMU) {
      if (image == null) {
        problems.add("--backend qemu needs --image");
      }
      if (json) {
        problems.add("--json is not for --backend qemu, where the output is that of the command");
      }
    } else {
      reject(spec, "qemuOptions", "qemu", problems);
    }
    if (!problems.isEmpty()) {
      throw new ParameterException(spec.commandLine(), String.join("\n", problems));
    }
  }

  private static void reject(CommandSpec spec, String name, String backend, List<String> problems) {
    CommandSpec mixin = Objects.requireNonNull(spec.mixins().get(name));
    ParseResult parsed = spec.commandLine().getParseResult();
    mixin.args().stream()
        .filter(
            it ->
                it instanceof OptionSpec option
                    ? parsed.hasMatchedOption(option.longestName())
                    : !parsed.matchedPositionals().isEmpty())
        .map(it -> it instanceof OptionSpec option ? option.longestName() : it.paramLabel())
        .sorted()
        .forEach(option -> problems.add(option + " needs --backend " + backend));
  }
}

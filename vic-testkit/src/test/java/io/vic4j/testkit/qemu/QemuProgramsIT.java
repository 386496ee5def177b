package io.vic4j.testkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.ForeignTool;
import io.vic4j.core.ImageReference;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.testkit.TestImage;
import io.vic4j.testkit.TestLayer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs as people run them, with the libraries of this Debian, in real machines. */
final class QemuProgramsIT {
  private static final Duration LONG = Duration.ofMinutes(4);
  private static final Pattern LIBRARY = Pattern.compile("(/\\S+)");

  @TempDir private Path folder;
  private BootedHost host;

  @BeforeEach
  void open() {
    host = new BootedHost(folder);
  }

  @AfterEach
  void close() {
    host.close();
  }

  /** What the dynamic loader would load for these programs, itself included; ldd(1). */
  private static Set<Path> libraries(Stream<Path> programs) {
    Set<Path> libraries = new TreeSet<>();
    programs.forEach(
        program -> {
          ForeignTool.Result result = ForeignTool.named("ldd").run(program);
          LIBRARY
              .matcher(result.text())
              .results()
              .map(match -> Path.of(match.group(1)))
              .filter(it -> !it.startsWith(program.getParent()) && Files.exists(it))
              .forEach(libraries::add);
        });
    return libraries;
  }

  private static void add(TestLayer.Builder layer, Path file) {
    try {
      layer.file(file.toString().substring(1), Files.readAllBytes(file)).mode(0755);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private ContainerVm ran(String name, TestImage image) {
    ImageReference reference = host.registry.add("lib/" + name + ":1", image);
    ContainerVm vm =
        host.vch()
            .containers()
            .create(
                ContainerSpec.builder(reference)
                    .name(name)
                    .memory(MemorySize.ofMebibytes(512))
                    .build());
    vm.start();
    assertThat(vm.awaitExit(LONG)).as(BootedHost.text(vm, "main")).isEqualTo(ExitStatus.exited(3));
    return vm;
  }

  @Test
  void bashOfDebian_runsAScript() {
    Path bash = ForeignTool.named("bash").program();
    TestLayer.Builder layer = TestLayer.builder();
    add(layer, bash);
    libraries(Stream.of(bash)).forEach(library -> add(layer, library));
    TestImage image =
        TestImage.builder()
            .layer(layer.build())
            .command(
                bash.toString(),
                "-c",
                "declare -A a=([x]=1 [y]=2); echo ${!a[@]} | tr -d x 2>/dev/null;"
                    + " echo \"bash ${BASH_VERSION%%.*}\"; exit 3")
            .build();
    assertThat(BootedHost.text(ran("bash", image), "main")).contains("bash 5");
  }

  @Test
  void javaRuntime_printsItsVersion() throws Exception {
    Path home = Path.of(System.getProperty("java.home"));
    Path runtime = folder.resolve("runtime");
    ForeignTool.at(home.resolve("bin/jlink"))
        .check("--add-modules", "java.base", "--strip-debug", "--output", runtime);
    TestLayer.Builder layer = TestLayer.builder();
    Set<Path> libraries;
    try (Stream<Path> all = Files.walk(runtime)) {
      libraries =
          libraries(
              all.filter(Files::isRegularFile)
                  .filter(it -> it.endsWith("bin/java") || it.toString().endsWith(".so")));
    }
    libraries.stream().filter(it -> !it.startsWith(runtime)).forEach(it -> add(layer, it));
    try (Stream<Path> all = Files.walk(runtime)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        layer.file("jre/" + runtime.relativize(file), Files.readAllBytes(file)).mode(0755);
      }
    }
    layer.directory("bin").file("bin/busybox", BootedHost.program()).mode(0755);
    TestImage image =
        TestImage.builder()
            .layer(layer.build())
            .command("/bin/busybox", "sh", "-c", "/jre/bin/java -Xint -version 2>&1; exit 3")
            .build();
    assertThat(BootedHost.text(ran("java", image), "main"))
        .contains("\"" + System.getProperty("java.version"));
  }
}

package io.vic4j.testkit.demo;

import io.vic4j.core.CancelledException;
import io.vic4j.core.VicException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/**
 * The command line of the demo. Exit codes: 0 for success, 1 for a failure, 2 for wrong arguments,
 * 130 if it was interrupted.
 */
@Command(
    name = "vic-demo",
    description = "Turns container images into virtual machines' disks, and pods into VMs.",
    mixinStandardHelpOptions = true,
    version = "vic-demo 0.1.0",
    synopsisSubcommandLabel = "COMMAND")
public final class VicDemo {
  private static final int INTERRUPTED = 130;
  private static final long CLEAN_UP_SECONDS = 10;

  @Option(
      names = "--debug",
      description = "Print the stack trace of an error.",
      scope = ScopeType.INHERIT)
  private boolean debug;

  private VicDemo() {}

  /** Runs a command, and ends the Java VM with its exit code. */
  public static void main(String[] arguments) {
    Thread main = Thread.currentThread();
    Thread onInterrupt = new Thread(() -> interruptAndWait(main), "vic-demo-interrupt");
    Runtime.getRuntime().addShutdownHook(onInterrupt);
    prepareJavaVm();
    int exitCode = execute(System.out, System.err, arguments);
    try {
      Runtime.getRuntime().removeShutdownHook(onInterrupt);
    } catch (IllegalStateException e) {
      return; // Interrupted: the Java VM is on its way out with its own exit code.
    }
    if (exitCode != 0) {
      // Only then: exit waits 0.3 s for threads that are in the system's hands, as those that look
      // after connections are; to come to an end does not.
      System.exit(exitCode);
    }
  }

  /** What a program may do that moves much in little time, and a library may not. */
  private static void prepareJavaVm() {
    // The JDK's HTTP client reads 16 KiB at once unless told otherwise; see its module's page.
    if (System.getProperty("jdk.httpclient.bufsize") == null) {
      System.setProperty("jdk.httpclient.bufsize", "65536");
    }
    WarmUp.begin();
  }

  /** On Ctrl-C, lets the command roll back what it has begun before the Java VM ends. */
  private static void interruptAndWait(Thread main) {
    main.interrupt();
    try {
      main.join(TimeUnit.SECONDS.toMillis(CLEAN_UP_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Runs a command.
   *
   * @param out where results go
   * @param err where progress and errors go
   * @return the exit code
   */
  public static int execute(PrintStream out, PrintStream err, String... arguments) {
    VicDemo demo = new VicDemo();
    Console console = new Console(out, err);
    CommandLine commandLine =
        new CommandLine(demo)
            .addSubcommand(new RunCommand(console))
            .addSubcommand(new PullCommand(console))
            .addSubcommand(new ImagesCommand(console))
            .addSubcommand(new InspectCommand(console))
            .addSubcommand(new RemoveCommand(console))
            .addSubcommand(new SyncCommand(console))
            .addSubcommand(new PushCommand(console))
            .addSubcommand(new ExportCommand(console))
            .addSubcommand(new VerifyCommand(console))
            .addSubcommand(new RepairCommand(console))
            .addSubcommand(new TagsCommand(console));
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
    commandLine.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
    commandLine.setExecutionExceptionHandler((failure, line, parsed) -> demo.report(failure, err));
    return commandLine.execute(arguments);
  }

  private int report(Exception failure, PrintStream err) throws Exception {
    if (debug) {
      failure.printStackTrace(err);
    }
    if (failure instanceof CancelledException) {
      err.println("vic-demo: interrupted; what was begun is rolled back");
      return INTERRUPTED;
    }
    if (failure instanceof VicException) {
      err.println("vic-demo: " + failure.getMessage());
      return CommandLine.ExitCode.SOFTWARE;
    }
    throw failure;
  }
}

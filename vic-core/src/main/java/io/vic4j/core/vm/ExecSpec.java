package io.vic4j.core.vm;

import io.vic4j.core.InvalidArgumentException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A program to be run beside a session, in its root file system and namespaces. Immutable. */
public final class ExecSpec {
  private final String session;
  private final List<String> argv;
  private final Map<String, String> env;
  private final @Nullable String workingDirectory;
  private final @Nullable String user;
  private final boolean tty;
  private final boolean stdin;
  private final int rows;
  private final int columns;

  private ExecSpec(Builder builder) {
    this.session = builder.session;
    this.argv = List.copyOf(builder.argv);
    this.env = Collections.unmodifiableMap(new LinkedHashMap<>(builder.env));
    this.workingDirectory = builder.workingDirectory;
    this.user = builder.user;
    this.tty = builder.tty;
    this.stdin = builder.stdin;
    this.rows = builder.rows;
    this.columns = builder.columns;
  }

  /**
   * A program to be described.
   *
   * @param session beside which session of the VM it runs
   * @param argv the program and its arguments; a program without a slash is looked for in {@code
   *     PATH}
   */
  public static Builder builder(String session, List<String> argv) {
    return new Builder(session, argv);
  }

  /** A program that has no input and no terminal. */
  public static ExecSpec of(String session, String... argv) {
    return builder(session, List.of(argv)).build();
  }

  /** Beside which session it runs. */
  public String session() {
    return session;
  }

  /** The program and its arguments. */
  public List<String> argv() {
    return argv;
  }

  /** Variables beside and instead of the session's, in order. */
  public Map<String, String> env() {
    return env;
  }

  /** Where it starts; where the session started, if empty. */
  public Optional<String> workingDirectory() {
    return Optional.ofNullable(workingDirectory);
  }

  /** Whom it runs as, in the notation of {@link SessionSpec#user}; as the session, if empty. */
  public Optional<String> user() {
    return Optional.ofNullable(user);
  }

  /** Whether it has a terminal of its own. */
  public boolean tty() {
    return tty;
  }

  /** Whether its standard input is open. */
  public boolean stdin() {
    return stdin;
  }

  /** How many rows its terminal has at first; 24 unless told otherwise. */
  public int rows() {
    return rows;
  }

  /** How many columns its terminal has at first; 80 unless told otherwise. */
  public int columns() {
    return columns;
  }

  /** The session and the program. */
  @Override
  public String toString() {
    return "ExecSpec[" + session + ", " + argv + "]";
  }

  static void checkSize(int rows, int columns) {
    if (rows < 1 || rows > 0xFFFF || columns < 1 || columns > 0xFFFF) {
      throw new InvalidArgumentException(
          "a terminal of " + rows + " rows and " + columns + " columns; want 1 to 65535 of each");
    }
  }

  /** Describes a program to be run. For use by one thread. */
  public static final class Builder {
    private final String session;
    private final List<String> argv;
    private final Map<String, String> env = new LinkedHashMap<>();
    private @Nullable String workingDirectory;
    private @Nullable String user;
    private boolean tty;
    private boolean stdin;
    private int rows = 24;
    private int columns = 80;

    private Builder(String session, List<String> argv) {
      this.session = session;
      this.argv = new ArrayList<>(argv);
    }

    /** Sets a variable. */
    public Builder env(String name, String value) {
      env.put(name, value);
      return this;
    }

    /** Where it starts: an absolute path. */
    public Builder workingDirectory(String path) {
      workingDirectory = path;
      return this;
    }

    /** Whom it runs as. */
    public Builder user(String name) {
      user = name;
      return this;
    }

    /** Whether it has a terminal of its own. */
    public Builder tty(boolean yes) {
      tty = yes;
      return this;
    }

    /** Whether its standard input is open. */
    public Builder stdin(boolean yes) {
      stdin = yes;
      return this;
    }

    /** How large its terminal is at first. */
    public Builder size(int rows, int columns) {
      this.rows = rows;
      this.columns = columns;
      return this;
    }

    /**
     * The description.
     *
     * @throws InvalidArgumentException if there is no program, a text holds a NUL, a variable's
     *     name is none, the working directory is not absolute, or the terminal has no size
     */
    public ExecSpec build() {
      if (argv.isEmpty() || argv.get(0).isEmpty()) {
        throw new InvalidArgumentException("there is no program to run");
      }
      argv.forEach(Builder::checkText);
      env.forEach(
          (name, value) -> {
            checkText(name);
            checkText(value);
            if (name.isEmpty() || name.indexOf('=') >= 0) {
              throw new InvalidArgumentException("'" + name + "' is not a variable's name");
            }
          });
      if (workingDirectory != null && !workingDirectory.startsWith("/")) {
        throw new InvalidArgumentException(
            "working directory '" + workingDirectory + "' is not absolute");
      }
      checkSize(rows, columns);
      return new ExecSpec(this);
    }

    private static void checkText(String text) {
      if (text.indexOf('\0') >= 0) {
        throw new InvalidArgumentException("a NUL character cannot be passed to a process");
      }
    }
  }
}

package io.vic4j.core.vm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.CorruptException;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.VicException;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * How host and guest speak with each other: through text variables that the hypervisor keeps with
 * the VM. The engine, the in-memory guest and the tether follow this page.
 *
 * <table>
 *   <caption>Variables</caption>
 *   <tr><th>key</th><th>written by</th><th>what</th></tr>
 *   <tr><td>{@code guestinfo.vic/version}</td><td>host</td><td>{@code 1}</td></tr>
 *   <tr><td>{@code guestinfo.vic/run}</td><td>host</td><td>how often the VM was started, in decimal
 *   digits; 0 before the first time. The host counts it up before it powers the VM on, the guest
 *   reads it once at its boot.</td></tr>
 *   <tr><td>{@code guestinfo.vic/config}</td><td>host</td><td>a document: what the guest is to
 *   do</td></tr>
 *   <tr><td>{@code guestinfo.vic/revision}</td><td>host</td><td>how often that document was changed
 *   since the VM was made, in decimal digits; missing for never. The guest reads the document anew
 *   whenever this changes.</td></tr>
 *   <tr><td>{@code guestinfo.vic.report}</td><td>guest</td><td>JSON: how it goes. Written as one
 *   value at each change; the last one must be written before the guest powers off.</td></tr>
 *   <tr><td>{@code guestinfo.vic/command}</td><td>host</td><td>JSON: what the guest is to do beside
 *   that, now. Only of hypervisors that have no other channel to the guest.</td></tr>
 *   <tr><td>{@code guestinfo.vic.ack}</td><td>guest</td><td>JSON: which command it has handled.
 *   Written as one value.</td></tr>
 *   <tr><td>{@code guestinfo.vic/link} and {@code guestinfo.vic/link.data}</td><td>host</td><td>a
 *   stream into the guest. Only of hypervisors that have no other.</td></tr>
 *   <tr><td>{@code guestinfo.vic.link} and {@code guestinfo.vic.link.data}</td><td>guest</td><td>the
 *   stream back</td></tr>
 *   <tr><td>{@code vic.revision}</td><td>host</td><td>how often {@code vic.spec} was changed, in
 *   decimal digits; missing for never</td></tr>
 *   <tr><td>{@code vic.spec}</td><td>host</td><td>a document: what the guest need not know
 *   </td></tr>
 * </table>
 *
 * <p>Keys with a slash cannot be written by guests on vSphere. What a guest writes outlives its
 * power there only in variables that were there before: so those are made with the VM, and hold
 * {@value #NOTHING} until the guest has something to say.
 *
 * <p><b>Documents</b> are JSON, cut into pieces of at most {@value #CHUNK_CHARS} characters, for a
 * variable's value is limited: the variable holds the number of pieces, {@code <key>.0} and so on
 * hold them. All values are ASCII; JSON writes what is not as {@code \}{@code uXXXX}. Readers
 * ignore fields that they do not know.
 *
 * <p><b>config</b>: {@code id}; {@code revision}, missing for 0: a guest that finds another one
 * here than in the variable looks later, for the two are not always written at once; {@code
 * hostname}, may be missing; {@code domain}, may be missing: what the full name has after the
 * hostname, for {@code /etc/hosts}; {@code powerOffWhenDone}; {@code disks}: list of {@code
 * fileSystem} (UUID) and {@code role} ({@code layer}, {@code scratch}, {@code files}, {@code
 * volume}, {@code read_only_volume}). Of a disk of {@code files} each folder is a volume. The guest
 * copies them into its memory at its boot and shows them from there: each name of a volume is a
 * link into {@code ..data}, which is a link to a folder with the files, so that all of them are
 * replaced by one renaming, as a kubelet does it. Sessions only read them. Who mounts a part of a
 * volume, goes on to see what it was then; {@code networks}: list of {@code network} and, unless it
 * is DHCP, {@code addresses}, {@code gateways}, {@code nameservers}; {@code forwards}, which are
 * the host's business, may be missing; {@code hosts}, may be missing: list of {@code address} and
 * {@code names}, for {@code /etc/hosts}; {@code searches}, may be missing: list of domains, instead
 * of those that DHCP names; {@code nameservers} and {@code resolverOptions}, may be missing: lists
 * for {@code /etc/resolv.conf}, the first instead of what DHCP names; {@code memoryVolumes}, may be
 * missing: list of {@code fileSystem} (UUID) and {@code sizeBytes}, may be missing; {@code
 * deadlineMillis}, may be missing: how long after its boot the guest ends all sessions and powers
 * off; {@code sessions}: list of {@code name}, {@code layers} (UUIDs, the lowest first), {@code
 * scratch} (UUID, may be missing), {@code readOnlyRoot}, {@code mounts} (list of {@code
 * fileSystem}, {@code path}, {@code readOnly}, and, where they are not the default, {@code
 * subPath}, {@code seeded} and {@code group}, as {@link VolumeMount} has them), {@code argv},
 * {@code env} (list of {@code NAME=value}), {@code workingDirectory}, {@code user}, {@code tty},
 * {@code stdin}, {@code stopSignal} ({@code SIGTERM}), {@code restartPolicy} ({@code never}, {@code
 * on_failure}, {@code always}); and of these, each of which may be missing: {@code umask} (octal
 * digits; else {@code 022}), {@code rlimits} (list of {@code name}, such as {@code nofile}, {@code
 * soft} and {@code hard}; -1 for no limit), {@code capabilities} (list such as {@code CAP_CHOWN},
 * possibly empty: what the process and its children can have; else Docker's default), {@code
 * noNewPrivileges}, {@code groups} (names or numbers beside those of the user), {@code tmpfs} (list
 * of {@code path}, {@code sizeBytes}, may be missing, and {@code mode}, octal digits), {@code
 * health} ({@code argv}, {@code intervalMillis}, {@code timeoutMillis}, {@code startPeriodMillis},
 * {@code retries}, as {@link HealthCheck} has them); as {@link SessionLifecycle} has them: {@code
 * role} ({@code init}, {@code sidecar}; else {@code main}), {@code startup}, {@code readiness},
 * {@code liveness} (each an action with {@code initialDelayMillis}, {@code periodMillis}, {@code
 * timeoutMillis}, {@code successThreshold}, {@code failureThreshold} and {@code graceMillis}, may
 * be missing), {@code postStart} and {@code preStop} (each an action), {@code graceMillis}; as
 * {@link SessionResources} has them: {@code cpuRequestMillis}, {@code cpuLimitMillis}, {@code
 * memoryRequestBytes}, {@code memoryLimitBytes}; {@code takesAddresses} ({@code true}): the session
 * waits for the VM's first address, and {@link AddressMarks} in its {@code argv} and {@code env}
 * stand for what the VM has then, in what is run beside it, too. An action has one of {@code argv};
 * {@code httpGet} ({@code host}, may be missing, {@code port}, {@code path}, {@code headers}: list
 * of {@code name} and {@code value}, {@code tls}); {@code tcp} ({@code host}, may be missing,
 * {@code port}); {@code grpc} ({@code port}, {@code service}); {@code sleepMillis}.
 *
 * <p><b>report</b>: {@code run}; {@code phase} ({@code running}, {@code stopping}); {@code
 * addresses}; {@code sessions}: list of {@code name}; {@code started} and {@code ended} (ISO 8601
 * in UTC), where they have come; one of {@code code} (number) and {@code signal} (name), where it
 * is over; {@code restarts}; {@code message}, at most {@value #MESSAGE_CHARS} characters; {@code
 * health} ({@code starting}, {@code healthy}, {@code unhealthy}), where the session has a check and
 * has begun; {@code up} and {@code ready} ({@code true} or {@code false}); {@code outOfMemory}
 * ({@code true}), {@code trouble} (text) and {@code previous}, where there are such: the run of the
 * process before this one, with {@code started}, {@code ended}, {@code code} or {@code signal},
 * {@code message}, {@code outOfMemory}, as they are for the session. A process begins again when
 * {@link RestartPolicy} says, and is counted in {@code restarts} then; until then the session has
 * {@code restartDelayMillis}: how long after its end that is. Where that is at once, the guest need
 * not report the end by itself: it is in {@code previous} then. {@code deadlineExceeded} ({@code
 * true}), where the guest ends everything because its deadline is over. The first report comes when
 * the first session has begun that is no main one, else when all have; those that wait have neither
 * {@code started} nor an exit, also if they never begin. A report of another run than the current
 * one is void. A host never trusts a report: one that it cannot read counts as none.
 *
 * <p><b>A revision</b> of {@code config} while the guest runs may have another {@code
 * deadlineMillis}, further disks, which are plugged in by then, and other sessions of the same
 * names and scratch disks. The deadline counts from the boot as before. A session that is other
 * than it was is ended as by {@link GuestCommand.Stop}, killed when its own {@code graceMillis} are
 * over, and begun again at once, whatever its restart policy. Where its layers are others, they are
 * joined over an empty scratch disk. One that is over for good stays so, and one that has not begun
 * begins as the revision has it. The guest takes notice by a report with that {@code revision}, at
 * once; 0 where it is missing.
 *
 * <p><b>command</b>: {@code run}; {@code seq}; {@code command} ({@code signal}, {@code stop},
 * {@code kill}, as {@link GuestCommand} has them); with {@code signal} also {@code session} (name)
 * and {@code signal} ({@code SIGHUP}). <b>ack</b>: {@code run} and {@code seq} of the command;
 * {@code error}, where the guest has not done it ({@code not_found}: there is no such session;
 * {@code conflict}: the session does not run). Neither is longer than {@value #COMMAND_CHARS}
 * characters.
 *
 * <ul>
 *   <li>Commands are numbered, from 1 for the VM's first; the last one stays with the VM, so that
 *       the next one gets the next number. A command of another run than the current one is void.
 *   <li>A command is open until an ack names its run and number. A guest looks for an open one when
 *       it has begun its sessions, and whenever the variable changes.
 *   <li>It does what it is told, with all that comes of it at once, reports included, and
 *       acknowledges it then. Only its power-off comes after the ack: else nobody could read it.
 *   <li>The host issues a command only when none is open, or if the open one was not acknowledged
 *       in time. Such a one is then over, and the guest may do it or not.
 *   <li>Neither side trusts the other: a command or an ack that cannot be read counts as none.
 * </ul>
 *
 * <p><b>link</b>: what {@link io.vic4j.core.link} has over a stream of bytes, in pieces. {@code
 * link} holds {@code CONNECTION SENT GOT}: a name that the host makes up for the connection, the
 * number of the last piece that its writer has sent, from 1, and that of the last one it has taken;
 * {@code link.data} holds {@code SENT CONTENT}, the content of that piece in base64, of at most
 * {@value #LINK_BYTES} bytes. A side sends its next piece when the other has taken the one before.
 * The guest takes a name that it does not know for a new connection, if it comes with piece 1, and
 * forgets the one before.
 *
 * <p><b>spec</b>: {@code labels} (object), {@code cpus}, {@code memoryBytes}, {@code bootstrapIso}
 * (may be missing), {@code vmdks} (paths, in the order of {@code config}'s disks).
 */
public final class GuestProtocol {
  /** The version that {@code guestinfo.vic/version} holds. */
  static final String VERSION = "1";

  // Far below the 64 KiB that the RPC channel of VMware's tools passes at once.
  static final int CHUNK_CHARS = 16 * 1024;

  // vSphere keeps up to 1 MiB of variables for a VM (tools.setInfo.sizeLimit); reports need some.
  static final int DOCUMENT_LIMIT_CHARS = 400 * 1024;
  static final int LINK_BYTES = 24 * 1024;
  static final int MESSAGE_CHARS = 1024;
  static final int COMMAND_CHARS = 1024;

  /**
   * What the guest's variables hold before it writes them: no JSON object, which is all that
   * counts.
   */
  static final String NOTHING = "none";

  private static final String VERSION_KEY = "guestinfo.vic/version";
  private static final String RUN_KEY = "guestinfo.vic/run";
  private static final String CONFIG_KEY = "guestinfo.vic/config";
  private static final String CONFIG_REVISION_KEY = "guestinfo.vic/revision";
  private static final String REPORT_KEY = "guestinfo.vic.report";
  private static final String COMMAND_KEY = "guestinfo.vic/command";
  private static final String ACK_KEY = "guestinfo.vic.ack";
  private static final String SPEC_KEY = "vic.spec";
  private static final String REVISION_KEY = "vic.revision";

  private GuestProtocol() {}

  /**
   * The variables of a new VM.
   *
   * @throws InvalidSpecException if the specification is too large to be kept with a VM
   */
  public static SortedMap<String, String> encode(String id, ContainerVmSpec spec) {
    SortedMap<String, String> variables = new TreeMap<>();
    variables.put(VERSION_KEY, VERSION);
    variables.put(RUN_KEY, "0");
    variables.put(REPORT_KEY, NOTHING);
    variables.put(ACK_KEY, NOTHING);
    GuestDocuments.put(variables, CONFIG_KEY, GuestJson.config(id, 0, spec), "sessions");
    GuestDocuments.put(variables, SPEC_KEY, GuestJson.spec(spec), "labels");
    return variables;
  }

  /** The change of variables that announces a start of the VM, the {@code run}th. */
  public static Map<String, String> announceRun(long run) {
    return Map.of(RUN_KEY, Long.toString(run));
  }

  /**
   * The change of variables that gives a VM the labels of a specification.
   *
   * @param variables what is kept with it
   * @throws InvalidSpecException if they are too large to be kept with a VM
   */
  static Map<String, String> changeLabels(Map<String, String> variables, ContainerVmSpec spec) {
    SortedMap<String, String> changes = new TreeMap<>();
    GuestDocuments.replace(variables, changes, SPEC_KEY, GuestJson.spec(spec), "labels");
    changes.put(REVISION_KEY, Long.toString(revision(variables) + 1));
    return changes;
  }

  /**
   * The change of variables that makes a VM another specification's, in its order: a guest that
   * sees one variable after the other sees the number of the revision last.
   *
   * @param variables what is kept with it
   * @throws InvalidSpecException if the specification is too large to be kept with a VM
   */
  static SortedMap<String, String> revise(
      Map<String, String> variables, String id, ContainerVmSpec spec) {
    SortedMap<String, String> changes = new TreeMap<>(changeLabels(variables, spec));
    long revision = configRevision(variables) + 1;
    GuestDocuments.replace(
        variables, changes, CONFIG_KEY, GuestJson.config(id, revision, spec), "sessions");
    changes.put(CONFIG_REVISION_KEY, Long.toString(revision));
    return changes;
  }

  /** How often what the guest is to do was changed since the VM was made. */
  public static long configRevision(Map<String, String> variables) {
    return GuestDocuments.count("revision", variables, CONFIG_REVISION_KEY);
  }

  /** How often the specification of a VM was changed. */
  static long revision(Map<String, String> variables) {
    return GuestDocuments.count("revision", variables, REVISION_KEY);
  }

  /** How often a VM was started. */
  public static long run(Map<String, String> variables) {
    return GuestDocuments.number("run", variables, RUN_KEY);
  }

  /**
   * The specification of a VM.
   *
   * @param name what the VM is called
   * @throws CorruptException if the variables are not what {@link #encode(String, ContainerVmSpec)}
   *     gave
   * @throws UnsupportedException if a later version of the protocol wrote them
   */
  public static ContainerVmSpec decodeSpec(String name, Map<String, String> variables) {
    checkVersion(variables);
    GuestConfig config =
        GuestDocuments.get("spec", variables, CONFIG_KEY, it -> GuestJson.config(0, it));
    return decodeSpec(name, variables, config);
  }

  /**
   * The specification of a VM whose guest has read what it is to do; else as {@link
   * #decodeSpec(String, Map)}.
   *
   * @param config what {@link #decodeConfig} gave of these variables
   */
  public static ContainerVmSpec decodeSpec(
      String name, Map<String, String> variables, GuestConfig config) {
    return GuestDocuments.get("spec", variables, SPEC_KEY, it -> GuestJson.spec(name, it, config));
  }

  /**
   * What the guest of a VM is to do.
   *
   * @param variables those that the guest sees
   * @throws CorruptException if they are not what {@link #encode(String, ContainerVmSpec)} gave
   * @throws UnsupportedException if a later version of the protocol wrote them
   */
  public static GuestConfig decodeConfig(Map<String, String> variables) {
    checkVersion(variables);
    long run = run(variables);
    return GuestDocuments.get("config", variables, CONFIG_KEY, it -> GuestJson.config(run, it));
  }

  /**
   * The fields of a session that has these, as a JSON object: for who keeps a session elsewhere.
   */
  public static String encode(SessionLifecycle lifecycle, SessionResources resources) {
    ObjectNode node = GuestDocuments.newObject();
    LifecycleJson.put(node, lifecycle, resources);
    return GuestDocuments.write(node);
  }

  /**
   * The lifecycle in an object that has what {@link #encode(SessionLifecycle, SessionResources)}
   * gave.
   *
   * @throws CorruptException if there is none that can be read
   */
  public static SessionLifecycle decodeLifecycle(String text) {
    return GuestDocuments.read("lifecycle", text, LifecycleJson::lifecycle);
  }

  /** The resources in such an object; as {@link #decodeLifecycle}. */
  public static SessionResources decodeResources(String text) {
    return GuestDocuments.read("resources", text, LifecycleJson::resources);
  }

  /** The change of variables by which a guest reports. */
  public static Map<String, String> encode(GuestReport report) {
    return Map.of(REPORT_KEY, GuestDocuments.write(GuestJson.report(report)));
  }

  /**
   * What the guest has reported of the VM's last start; empty if it has not, or nothing that can be
   * read.
   */
  public static Optional<GuestReport> decodeReport(Map<String, String> variables) {
    return currentReport(variables, readReport(reportText(variables)));
  }

  /** What the guest has written as its report; {@value #NOTHING} before it has. */
  static String reportText(Map<String, String> variables) {
    return variables.getOrDefault(REPORT_KEY, NOTHING);
  }

  /** The report that a text is, of whatever run; empty if it is none that can be read. */
  static Optional<GuestReport> readReport(String text) {
    if (isNothing(text)) {
      return Optional.empty();
    }
    try {
      return Optional.of(GuestDocuments.read("report", text, GuestJson::report));
    } catch (VicException e) {
      return Optional.empty();
    }
  }

  /** A report, if it is of the VM's last start. */
  static Optional<GuestReport> currentReport(
      Map<String, String> variables, Optional<GuestReport> report) {
    try {
      return report.isPresent() && report.get().run() == run(variables) ? report : Optional.empty();
    } catch (CorruptException e) {
      return Optional.empty();
    }
  }

  private static boolean isNothing(String text) {
    return text.isEmpty() || text.equals(NOTHING);
  }

  /**
   * The change of variables by which the host gives the guest a command.
   *
   * @throws InvalidArgumentException if no session can have so long a name
   */
  public static Map<String, String> encode(IssuedCommand command) {
    String text = GuestDocuments.write(CommandJson.command(command));
    if (text.length() > COMMAND_CHARS) {
      throw new InvalidArgumentException(
          "a command of " + text.length() + " characters; it has at most " + COMMAND_CHARS);
    }
    return Map.of(COMMAND_KEY, text);
  }

  /** The change of variables by which a guest says that it has handled a command. */
  public static Map<String, String> encode(CommandAck ack) {
    return Map.of(ACK_KEY, GuestDocuments.write(CommandJson.ack(ack)));
  }

  /**
   * The command that the guest is to handle: of the VM's last start, and not acknowledged. Empty if
   * there is none, or none that can be read.
   */
  public static Optional<IssuedCommand> openCommand(Map<String, String> variables) {
    Optional<CommandAck> ack = decodeAck(variables);
    try {
      long run = run(variables);
      return decodeCommand(variables)
          .filter(command -> command.run() == run)
          .filter(command -> ack.filter(it -> it.answers(command)).isEmpty());
    } catch (CorruptException e) {
      return Optional.empty();
    }
  }

  /** The last command that the VM got, of whatever run; empty if none can be read. */
  static Optional<IssuedCommand> decodeCommand(Map<String, String> variables) {
    return shortDocument(variables, COMMAND_KEY, CommandJson::command);
  }

  /**
   * Which command the guest has handled last; it says nothing of others. Empty if it has handled
   * none, or has written nothing that can be read.
   */
  public static Optional<CommandAck> decodeAck(Map<String, String> variables) {
    return shortDocument(variables, ACK_KEY, CommandJson::ack);
  }

  private static <T> Optional<T> shortDocument(
      Map<String, String> variables, String key, Function<JsonNode, T> reader) {
    String text = variables.get(key);
    if (text == null || isNothing(text) || text.length() > COMMAND_CHARS) {
      return Optional.empty();
    }
    try {
      return Optional.of(GuestDocuments.read(key, text, reader));
    } catch (VicException e) {
      return Optional.empty();
    }
  }

  /** Whether the VM was started again after this run, as far as that can be read. */
  static boolean hasLaterRun(Map<String, String> variables, long run) {
    try {
      return run(variables) > run;
    } catch (CorruptException e) {
      return false;
    }
  }

  /** The command that comes after those that the VM got. */
  static IssuedCommand nextCommand(Map<String, String> variables, GuestCommand command) {
    long last = decodeCommand(variables).map(IssuedCommand::seq).orElse(0L);
    return new IssuedCommand(run(variables), last == IssuedCommand.MAX_SEQ ? 1 : last + 1, command);
  }

  private static void checkVersion(Map<String, String> variables) {
    String version = GuestDocuments.required(variables, VERSION_KEY);
    if (!version.equals(VERSION)) {
      throw new UnsupportedException(
          "this VM speaks version " + version + " of the guest protocol; this library speaks 1");
    }
  }
}

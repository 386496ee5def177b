package io.vic4j.testkit.qemu;

import io.vic4j.core.vm.VmDefinition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The templates of a hypervisor, each made when a VM first wants it. VMs boot without one where it
 * cannot be made, or does not work. Thread-safe.
 */
final class Templates {
  private static final Logger log = LoggerFactory.getLogger(Templates.class);
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
  private static final String MAKING = ".new";

  /** A template has some 110 MB. */
  private static final int KEPT = 4;

  private final QemuSettings settings;
  private final Path folder;
  private final Map<Template.Kind, Object> locks = new ConcurrentHashMap<>();
  private volatile boolean given;
  private @Nullable String version; // Guarded by this.

  /**
   * Keeps templates.
   *
   * @param folder of nothing but templates, and of one program at a time; may be absent
   */
  Templates(QemuSettings settings, Path folder) {
    this.settings = settings;
    this.folder = folder;
    try {
      for (Path one : list()) {
        if (one.toString().endsWith(MAKING)) { // A program ended while it made it.
          TemplateMaker.kill(new Template(one));
          delete(one);
        }
      }
    } catch (IOException | UncheckedIOException e) {
      giveUp(e);
    }
  }

  private List<Path> list() throws IOException {
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(folder)) {
      return all.toList();
    }
  }

  /** The template for a VM, if it is to go on from one. */
  Optional<Template> of(VmDefinition vm) {
    if (given
        || !settings.templates()
        || !settings.emulates()
        || vm.bootstrapIso().isPresent()
        || !(settings.bootstrap() instanceof Bootstrap.Kernel kernel)) {
      return Optional.empty();
    }
    Template.Kind kind = new Template.Kind(vm.cpus(), vm.memory());
    synchronized (locks.computeIfAbsent(kind, one -> new Object())) {
      try {
        Template template = new Template(folder.resolve(key(kind, kernel)));
        if (!Files.exists(template.state())) {
          make(template, kind);
        }
        Files.setLastModifiedTime(template.folder(), FileTime.from(Instant.now()));
        return Optional.of(template);
      } catch (IOException | UncheckedIOException e) {
        giveUp(e);
        return Optional.empty();
      }
    }
  }

  /** From now on VMs boot without. */
  void giveUp(Exception cause) {
    given = true;
    log.warn("VMs boot from their power-on, for their template fails: {}", cause.getMessage());
    log.debug("the template", cause);
  }

  /**
   * All that a template depends on; where that changes, another one is made. This machine's boot is
   * part of it: what was not written to its disk when it went down is not missed so.
   */
  private String key(Template.Kind kind, Bootstrap.Kernel kernel) throws IOException {
    Path anywhere = Path.of("");
    StringBuilder all = new StringBuilder(Files.readString(BOOT_ID));
    all.append(version());
    all.append(CommandLine.of(settings, new Template(anywhere), kind, new SocketFolder(anywhere)));
    for (Path file : List.of(kernel.kernel(), kernel.initramfs())) {
      all.append(Files.size(file)).append(Files.getLastModifiedTime(file));
    }
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] hash = digest.digest(all.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 12);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("each Java has it", e);
    }
  }

  /** Asked once: to ask starts a process. */
  private synchronized String version() throws IOException {
    String known = version;
    if (known == null) {
      known = TemplateMaker.version(settings.program());
      version = known;
    }
    return known;
  }

  private void make(Template template, Template.Kind kind) throws IOException {
    Template making = new Template(folder.resolve(template.folder().getFileName() + MAKING));
    delete(making.folder());
    Files.createDirectories(making.folder());
    TemplateMaker.make(making, sockets -> CommandLine.of(settings, making, kind, sockets));
    Files.move(making.folder(), template.folder(), StandardCopyOption.ATOMIC_MOVE);
    List<Path> oldest =
        list().stream()
            .filter(one -> !one.toString().endsWith(MAKING))
            .sorted(Comparator.comparing(Templates::lastUse).reversed())
            .skip(KEPT)
            .toList();
    for (Path one : oldest) {
      delete(one);
    }
  }

  private static FileTime lastUse(Path template) {
    try {
      return Files.getLastModifiedTime(template);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path one : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(one);
        }
      }
    }
  }
}

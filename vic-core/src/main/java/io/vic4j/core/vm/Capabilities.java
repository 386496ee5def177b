package io.vic4j.core.vm;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** The names of Linux's capabilities (capabilities(7)), such as {@code CAP_NET_ADMIN}. */
public final class Capabilities {
  /** All that the guest's kernel knows. Source: Linux 5.9 and later, linux/capability.h. */
  public static final SortedSet<String> ALL =
      named(
          "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP"
              + " LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK"
              + " IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT"
              + " SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE"
              + " AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND"
              + " AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE");

  /** What Docker Engine leaves to a container, and the guest to a session that says nothing. */
  public static final SortedSet<String> DEFAULT =
      named(
          "CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP"
              + " NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE");

  private static final String PREFIX = "CAP_";

  private Capabilities() {}

  private static SortedSet<String> named(String names) {
    SortedSet<String> all = new TreeSet<>();
    List.of(names.split(" ", -1)).forEach(name -> all.add("CAP_" + name));
    return Collections.unmodifiableSortedSet(all);
  }

  /**
   * A capability as Docker's users write it, {@code net_admin} or {@code CAP_NET_ADMIN}, in full.
   *
   * @throws InvalidSpecException if Linux has none of this name
   */
  public static String parse(String text) {
    String upper = text.toUpperCase(Locale.ROOT);
    String name = upper.startsWith(PREFIX) ? upper : PREFIX + upper;
    if (!ALL.contains(name)) {
      throw new InvalidSpecException(
          "capabilities", "'" + text + "' is no capability that Linux has");
    }
    return name;
  }

  static Set<String> sorted(Set<String> names) {
    return Collections.unmodifiableSortedSet(new TreeSet<>(names));
  }
}

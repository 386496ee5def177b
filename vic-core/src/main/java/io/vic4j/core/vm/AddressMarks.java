package io.vic4j.core.vm;

import java.util.Collection;
import java.util.List;

/**
 * What stands for a VM's addresses in the arguments and in the environment of its sessions, since a
 * VM gets them only when it runs. The guest puts them in when a process begins; a session that has
 * a mark waits for the first address, and fails if the VM has no network.
 *
 * <pre>{@code
 * ContainerSpec.builder("db:1").env("POD_IP", AddressMarks.FIRST)
 * }</pre>
 */
public final class AddressMarks {
  /** The VM's first address. */
  public static final String FIRST = "\u0001address\u0001";

  /** All its addresses, with commas between them. */
  public static final String ALL = "\u0001addresses\u0001";

  private AddressMarks() {}

  /** Whether a text has a mark. */
  public static boolean isIn(String text) {
    return text.contains(FIRST) || text.contains(ALL);
  }

  /** Whether the arguments or the environment of a session have a mark. */
  public static boolean isIn(SessionSpec session) {
    return isIn(session.argv()) || isIn(session.env().values());
  }

  private static boolean isIn(Collection<String> texts) {
    for (String text : texts) {
      if (isIn(text)) {
        return true;
      }
    }
    return false;
  }

  /**
   * A session with addresses where it has marks: what the guest runs.
   *
   * @param addresses the VM's; one or more
   */
  public static SessionSpec put(SessionSpec session, List<String> addresses) {
    SessionSpec.Builder builder =
        session.toBuilder()
            .argv(session.argv().stream().map(word -> put(word, addresses)).toList());
    session.env().forEach((name, value) -> builder.env(name, put(value, addresses)));
    return builder.build();
  }

  private static String put(String text, List<String> addresses) {
    return text.replace(FIRST, addresses.get(0)).replace(ALL, String.join(",", addresses));
  }
}

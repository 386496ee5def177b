package io.vic4j.core.vsphere;

import io.vic4j.core.InvalidArgumentException;
import java.net.URI;
import java.util.List;

/** What {@link VsphereSettings} name is not there, or cannot be used: all of it, in one list. */
public final class VsphereSettingsException extends InvalidArgumentException {
  private final List<String> problems;

  VsphereSettingsException(URI server, List<String> problems) {
    super(
        problems.size() == 1
            ? "on " + server.getHost() + ": " + problems.get(0)
            : "on " + server.getHost() + ":\n- " + String.join("\n- ", problems));
    this.problems = List.copyOf(problems);
  }

  /** Each thing that is wrong, with what to do about it. */
  public List<String> problems() {
    return problems;
  }
}

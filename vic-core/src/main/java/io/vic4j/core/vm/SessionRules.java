package io.vic4j.core.vm;

import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;

/** What makes a {@link SessionSpec} one that a guest can run. */
final class SessionRules {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}");

  private final SessionSpec.Builder spec;

  private SessionRules(SessionSpec.Builder spec) {
    this.spec = spec;
  }

  static void check(SessionSpec.Builder spec) {
    SessionRules rules = new SessionRules(spec);
    rules.checkProgram();
    rules.checkLimits();
    rules.checkTmpfs();
  }

  // Words are put together only for what is wrong: that takes much longer than to look.
  private void checkProgram() {
    if (!NAME.matcher(spec.name).matches()) {
      throw wrong("name", "'" + spec.name + "' is not a session's name");
    }
    if (spec.scratch == null && !spec.readOnlyRoot) {
      throw wrong(
          "scratch",
          "a root that is written needs a scratch disk; give one, or make the root read-only");
    }
    if (spec.argv.isEmpty() || spec.argv.get(0).isEmpty()) {
      throw wrong("argv", "there is no program to run");
    }
    spec.argv.forEach(argument -> checkText(argument, "argv"));
    spec.env.forEach(this::checkVariable);
    if (!spec.workingDirectory.startsWith("/")) {
      throw wrong("workingDirectory", "'" + spec.workingDirectory + "' is not absolute");
    }
    checkText(spec.workingDirectory, "workingDirectory");
    checkText(spec.user, "user");
  }

  private void checkVariable(String variable, String value) {
    if (variable.isEmpty() || variable.indexOf('=') >= 0) {
      throw wrong("env", "'" + variable + "' is not a variable's name");
    }
    checkText(variable, "env");
    checkText(value, "env");
  }

  private void checkLimits() {
    if (spec.healthCheck != null && spec.lifecycle.role() == SessionRole.INIT) {
      throw wrong("healthCheck", "a session that prepares has none");
    }
    int mask = spec.umask.orElse(0);
    if (mask < 0 || mask > 0777) {
      throw wrong("umask", "0" + Integer.toOctalString(mask) + " is no umask (want 0 to 0777)");
    }
    Set<String> limited = new HashSet<>();
    for (ResourceLimit limit : spec.rlimits) {
      if (!limited.add(limit.name())) {
        throw wrong("rlimits", limit.name() + " is limited twice");
      }
    }
    if (spec.capabilities != null) {
      for (String capability : spec.capabilities) {
        if (!Capabilities.ALL.contains(capability)) {
          throw wrong(
              "capabilities",
              "'" + capability + "' is no capability that Linux has (want CAP_CHOWN)");
        }
      }
    }
    for (String group : spec.groups) {
      if (group.isEmpty()) {
        throw wrong("groups", "a group needs a name or a number");
      }
      checkText(group, "groups");
    }
  }

  private void checkTmpfs() {
    Set<String> paths = new HashSet<>();
    spec.mounts.forEach(mount -> paths.add(mount.path()));
    for (TmpfsMount mount : spec.tmpfs) {
      if (!paths.add(mount.path())) {
        throw wrong("tmpfs", "something else is to be mounted at '" + mount.path() + "'");
      }
    }
  }

  private void checkText(String text, String field) {
    if (text.indexOf('\0') >= 0) {
      throw wrong(field, "a NUL character cannot be passed to a process");
    }
  }

  private InvalidSpecException wrong(String field, String problem) {
    return new InvalidSpecException("sessions[" + spec.name + "]." + field, problem);
  }
}

package io.vic4j.core.vm;

/** What the checks of a session's {@link HealthCheck} have said of its process, as Docker does. */
public enum Health {
  /** No check has succeeded since the process began, nor have as many failed as it takes. */
  STARTING,
  /** The last check that counted has succeeded. */
  HEALTHY,
  /** As many checks in a row have failed as {@link HealthCheck#retries} says. */
  UNHEALTHY
}

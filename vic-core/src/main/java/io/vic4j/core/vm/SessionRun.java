package io.vic4j.core.vm;

import java.time.Instant;
import java.util.Optional;

/**
 * One run of a session's process that is over.
 *
 * @param started when it began; empty if it could not
 * @param ended when it was over; empty if nobody knows
 * @param exit how it ended
 * @param message what went wrong, for people; else empty
 * @param outOfMemory whether the kernel has killed a process of it for want of memory
 */
public record SessionRun(
    Optional<Instant> started,
    Optional<Instant> ended,
    ExitStatus exit,
    String message,
    boolean outOfMemory) {}

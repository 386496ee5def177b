package io.vic4j.pod.kubernetes.kubelet;

import org.jspecify.annotations.Nullable;

/**
 * The streams of a process at the client's end, whatever carries them.
 *
 * @param stdin what the client sends it; null if it does not
 * @param stdout null if the client does not want it
 * @param stderr null if the client does not want it
 * @param error how it ended
 * @param resize how large the client's terminal is; null if it has none
 * @param status how the end is written
 * @param hangUp ends the connection once all is sent
 */
record ProcessStreams(
    @Nullable ClientStream stdin,
    @Nullable ClientStream stdout,
    @Nullable ClientStream stderr,
    ClientStream error,
    @Nullable ClientStream resize,
    StatusFormat status,
    Runnable hangUp) {}

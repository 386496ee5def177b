package io.vic4j.storage;

import io.vic4j.storage.LayerException.Reason;
import io.vic4j.storage.tar.ByteString;
import org.jspecify.annotations.Nullable;

/** What the layers of one disk have used so far of their {@link LayerLimits}. */
final class LayerBudget {
  private final LayerLimits limits;
  private long tarBytes;
  private long contentBytes;
  private long entries;
  private @Nullable ByteString current;

  LayerBudget(LayerLimits limits) {
    this.limits = limits;
  }

  LayerLimits limits() {
    return limits;
  }

  /** The entry to blame from now on. */
  void current(@Nullable ByteString entry) {
    current = entry;
  }

  long tarBytes() {
    return tarBytes;
  }

  long tarBytesLeft() {
    return limits.tarBytes() - tarBytes;
  }

  void countTar(long bytes) {
    tarBytes += bytes;
    if (tarBytes > limits.tarBytes()) {
      throw exceeded("uncompressed it has more than " + limits.tarBytes() + " bytes", current);
    }
  }

  /** Holes count as well: a file of a few bytes may pretend to have exabytes. */
  void countContent(ByteString entry, long bytes) {
    if (bytes > limits.tarBytes() - contentBytes) {
      throw exceeded("its files have more than " + limits.tarBytes() + " bytes", entry);
    }
    contentBytes += bytes;
  }

  void countEntry(ByteString entry) {
    if (++entries > limits.entries()) {
      throw exceeded("it has more than " + limits.entries() + " entries", entry);
    }
  }

  /** Symbolic links may lead deeper than the path of an entry tells. */
  void checkDepth(int depth, ByteString entry) {
    if (depth > limits.pathDepth()) {
      throw exceeded("its tree is more than " + limits.pathDepth() + " deep", entry);
    }
  }

  private static LayerException exceeded(String message, @Nullable ByteString entry) {
    String name = entry == null ? null : entry.toString();
    return new LayerException(
        Reason.LIMIT_EXCEEDED,
        name,
        "layer exceeds its limits" + (name == null ? "" : " at '" + name + "'") + ": " + message,
        null);
  }
}

package io.vic4j.testkit.demo;

import io.vic4j.core.Digest;
import io.vic4j.core.Progress;
import io.vic4j.storage.LayerDisks;
import io.vic4j.storage.tar.ByteString;
import io.vic4j.storage.tar.TarEntry;
import io.vic4j.storage.tar.TarWriter;
import io.vic4j.testkit.MemoryDatastore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Makes a disk of a small layer in memory, for nothing. A Java VM begins cold: while the command
 * line is read and the registry is asked, another core may as well load the classes that the layers
 * will need, and let the digest's loop be compiled.
 */
final class WarmUp {
  private static final int CONTENT_BYTES = 2 << 20;

  private WarmUp() {}

  /** Begins it on a thread of its own, which keeps nobody waiting. */
  static void begin() {
    Thread thread = new Thread(WarmUp::makeDisk, "vic-demo-warm-up");
    thread.setDaemon(true);
    thread.start();
  }

  private static void makeDisk() {
    try {
      byte[] tar = tar();
      LayerDisks.in(MemoryDatastore.create())
          .build(Digest.sha256(tar), new ByteArrayInputStream(tar), Progress.NONE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] tar() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream(CONTENT_BYTES + 4096);
    TarWriter writer = new TarWriter(out);
    byte[] content = new byte[CONTENT_BYTES];
    writer.put(
        TarEntry.builder(TarEntry.Type.FILE, ByteString.of("file"))
            .sizeBytes(content.length)
            .build());
    writer.write(content, 0, content.length);
    writer.finish();
    return out.toByteArray();
  }
}

package io.vic4j.storage.ext4;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import io.vic4j.core.DiskJudge;
import io.vic4j.core.ForeignTool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** What e2fsprogs and the kernel say about a file system. */
public final class Ext4Judge {
  private Ext4Judge() {}

  /** Something to do below a mounted file system. */
  public interface Visit {
    /** Looks at, or writes to, what is below this folder. */
    void at(Path root) throws IOException;
  }

  /** Fails the test unless e2fsck, asked to change nothing, finds nothing. */
  public static void assertClean(Path image) {
    DiskJudge.assertClean(image);
  }

  /** What debugfs answers to a request. */
  public static byte[] debugfs(Path image, String request) {
    return ForeignTool.named("debugfs").check("-R", request, image).out();
  }

  /** What debugfs answers to a request, as text. */
  public static String debugfsText(Path image, String request) {
    return new String(debugfs(image, request), StandardCharsets.UTF_8);
  }

  /** Mounts it read-only for a visit; skips the test where that is not possible. */
  public static void mounted(Path image, Visit visit) {
    mounted(image, "loop,ro", visit);
  }

  /** Mounts it read-write for a visit; skips the test where that is not possible. */
  public static void mountedWritable(Path image, Visit visit) {
    mounted(image, "loop", visit);
  }

  private static void mounted(Path image, String options, Visit visit) {
    ForeignTool mount = ForeignTool.named("mount");
    ForeignTool umount = ForeignTool.named("umount");
    try {
      if (!Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
        ForeignTool.missing("only root can mount");
      }
      Path point = Files.createTempDirectory(image.toAbsolutePath().getParent(), "mount");
      ForeignTool.Result result = mount.run("-t", "ext4", "-o", options, image, point);
      if (result.exitCode() != 0) {
        if (!Files.exists(Path.of("/dev/loop-control"))) {
          ForeignTool.missing("no loop devices here");
        }
        fail("mount: " + result.err() + result.text());
      }
      try {
        visit.at(point);
      } finally {
        umount.check(point);
        Files.delete(point);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Inverts a byte: who relies on {@link #assertClean} proves with it that it can fail. */
  public static void damage(Path image, long position) throws IOException {
    try (FileChannel channel =
        FileChannel.open(image, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      assertThat(channel.read(one, position)).isEqualTo(1);
      one.put(0, (byte) ~one.get(0)).flip();
      channel.write(one, position);
    }
  }
}

package io.vic4j.testkit;

import io.vic4j.core.Digest;
import io.vic4j.image.Bytes;
import io.vic4j.storage.tar.ByteString;
import io.vic4j.storage.tar.TarEntry;
import io.vic4j.storage.tar.TarWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * One layer of a {@link TestImage}: a small tree, written down in the order in which its tar has
 * it.
 *
 * <pre>{@code
 * TestLayer layer = TestLayer.builder()
 *     .directory("etc")
 *     .file("etc/motd", "hello").mode(0600).owner(1000, 1000)
 *     .symlink("bin/sh", "busybox")
 *     .whiteout("tmp/old")
 *     .build();
 * }</pre>
 *
 * <p>Everything belongs to root and to the time 1970 unless said otherwise. The same tree gives the
 * same bytes. Immutable.
 */
public final class TestLayer {
  private final Bytes tar;
  private final Digest diffId;

  private TestLayer(Bytes tar) {
    this.tar = tar;
    this.diffId = Digest.sha256(tar.toArray());
  }

  /** A layer to fill. */
  public static Builder builder() {
    return new Builder();
  }

  /** A layer that is this tar, well formed or not. */
  public static TestLayer ofTar(byte[] tar) {
    return new TestLayer(new Bytes(tar));
  }

  /** The layer as an uncompressed tar. */
  public Bytes tar() {
    return tar;
  }

  /** The digest of the uncompressed tar. */
  public Digest diffId() {
    return diffId;
  }

  /** Writes a layer down. {@link #mode}, {@link #owner}, {@link #xattr} speak of the last entry. */
  public static final class Builder {
    private record Entry(TarEntry header, Bytes content) {}

    private final List<Entry> entries = new ArrayList<>();

    private Builder() {}

    /** A directory, of mode 755. */
    public Builder directory(String path) {
      String name = path.endsWith("/") ? path : path + "/";
      return add(TarEntry.builder(TarEntry.Type.DIRECTORY, name).mode(0755));
    }

    /** A file that holds this text in UTF-8, of mode 644. */
    public Builder file(String path, String text) {
      return file(path, text.getBytes(StandardCharsets.UTF_8));
    }

    /** A file that holds these bytes, of mode 644. */
    public Builder file(String path, byte[] content) {
      TarEntry header =
          TarEntry.builder(TarEntry.Type.FILE, path).mode(0644).sizeBytes(content.length).build();
      entries.add(new Entry(header, new Bytes(content)));
      return this;
    }

    /** A symbolic link; its target is kept as it is. */
    public Builder symlink(String path, String target) {
      return add(
          TarEntry.builder(TarEntry.Type.SYMBOLIC_LINK, path)
              .mode(0777)
              .linkTarget(ByteString.of(target)));
    }

    /** A further name of a file that comes before. */
    public Builder hardLink(String path, String target) {
      return add(
          TarEntry.builder(TarEntry.Type.HARD_LINK, path)
              .mode(0644)
              .linkTarget(ByteString.of(target)));
    }

    /** Hides what lower layers have at this path (OCI image specification, "Whiteouts"). */
    public Builder whiteout(String path) {
      int name = path.lastIndexOf('/') + 1;
      return file(path.substring(0, name) + ".wh." + path.substring(name), "");
    }

    /** Hides all that lower layers have in this directory ("Opaque Whiteout"). */
    public Builder opaque(String directory) {
      return file(directory + "/.wh..wh..opq", "");
    }

    /** Any entry that has no content, such as a device. */
    public Builder entry(TarEntry entry) {
      if (entry.sizeBytes() != 0) {
        throw new IllegalArgumentException("an entry with content is a file: " + entry);
      }
      entries.add(new Entry(entry, new Bytes(new byte[0])));
      return this;
    }

    /** Sets the permissions of the last entry, with its setuid, setgid and sticky bits. */
    public Builder mode(int mode) {
      return changeLast(header -> header.mode(mode));
    }

    /** Sets the owner of the last entry. */
    public Builder owner(long uid, long gid) {
      return changeLast(header -> header.owner(uid, gid));
    }

    /** Sets when the last entry was changed. */
    public Builder modified(Instant time) {
      return changeLast(header -> header.modified(time));
    }

    /** Gives the last entry one more extended attribute. */
    public Builder xattr(String name, byte[] value) {
      return changeLast(header -> header.xattr(ByteString.of(name), ByteString.of(value)));
    }

    private Builder add(TarEntry.Builder header) {
      return entry(header.build());
    }

    private Builder changeLast(UnaryOperator<TarEntry.Builder> change) {
      if (entries.isEmpty()) {
        throw new IllegalStateException("there is no entry yet");
      }
      Entry last = entries.remove(entries.size() - 1);
      TarEntry header = change.apply(last.header().toBuilder()).build();
      entries.add(new Entry(header, last.content()));
      return this;
    }

    /** The layer as written down. */
    public TestLayer build() {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try {
        TarWriter tar = new TarWriter(out);
        for (Entry entry : entries) {
          tar.put(entry.header());
          tar.write(entry.content().toArray());
        }
        tar.finish();
      } catch (IOException e) {
        throw new UncheckedIOException("memory does not fail", e);
      }
      return new TestLayer(new Bytes(out.toByteArray()));
    }
  }
}

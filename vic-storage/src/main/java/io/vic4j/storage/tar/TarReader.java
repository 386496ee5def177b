package io.vic4j.storage.tar;

import io.vic4j.storage.tar.TarException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tar archive as a stream, entry by entry, byte for byte.
 *
 * <pre>{@code
 * TarReader tar = new TarReader(in);
 * while (tar.next()) {
 *   System.out.println(tar.entry().name());
 *   tar.copyContent((position, piece) -> channel.write(piece, position));
 * }
 * }</pre>
 *
 * <p>Understood are the formats of POSIX (ustar and pax, with global headers), of Unix version 7,
 * of GNU tar (long names, sparse files in the old format and in 0.0, 0.1 and 1.0, numbers in base
 * 256) and of star; extended attributes as star and libarchive write them, with binary values.
 * Names are bytes, in no particular encoding. Access control lists as text, and names of users and
 * groups, are left out. Sources: POSIX.1-2017, pax; GNU tar manual, appendix "Tar Internals".
 *
 * <p>An archive ends with two blocks of zeros; one that ends without them, but not inside an entry,
 * is taken as whole, as other tars do. What follows the end is not read.
 *
 * <p>What the stream throws goes through; a damaged archive is a {@link TarException}, an
 * interruption of the thread a {@link io.vic4j.core.CancelledException}. Nothing can be read after
 * either. The stream stays the caller's to close. For use by one thread.
 */
public final class TarReader {
  /** Longer pax headers and long names are refused: they are held in memory. */
  private static final int MAX_SPECIAL_BYTES = 1 << 20;

  private final TarBlocks blocks;
  private final EntryContent content;
  private final PaxRecords global = new PaxRecords();
  private @Nullable TarEntry entry;

  // What the headers before an entry say of it.
  private @Nullable ByteString longName;
  private @Nullable ByteString longLink;
  private @Nullable PaxRecords local;

  /** Reads an archive from the stream's next byte on. The stream needs no buffer. */
  public TarReader(InputStream in) {
    this.blocks = new TarBlocks(in);
    this.content = new EntryContent(blocks);
  }

  /**
   * Goes to the next entry; skips what was not read of this one's content.
   *
   * @return whether there is one
   */
  public boolean next() throws IOException {
    content.skip();
    entry = null;
    longName = null;
    longLink = null;
    local = null;
    while (true) {
      int at = blocks.nextBlock();
      if (at == -1 && longName == null && longLink == null && local == null) {
        return false;
      }
      if (at < 0) {
        throw new TarException(Reason.TRUNCATED, longName, "tar ends within a header");
      }
      TarHeader header = new TarHeader(blocks.bytes(), at);
      if (TarHeader.isZero(blocks.bytes(), at)) {
        checkEnd();
        return false;
      }
      if (!header.checksumHolds()) {
        throw malformed(null, "header checksum does not match; this is no tar, or damaged", null);
      }
      try {
        if (!special(header)) {
          read(header);
          return true;
        }
      } catch (NumberFormatException e) {
        throw malformed(header.name(), String.valueOf(e.getMessage()), e);
      }
    }
  }

  /**
   * The current entry.
   *
   * @throws IllegalStateException if {@link #next} was not called, or there is none
   */
  public TarEntry entry() {
    if (entry == null) {
      throw new IllegalStateException("no current entry");
    }
    return entry;
  }

  /**
   * Where in the stream, from the byte this began at, the current entry's content begins; until
   * that is read. From there, {@link TarEntry#sizeBytes} bytes are the content of a file that is
   * not sparse, for who can read the archive anywhere.
   */
  public long contentPosition() {
    return blocks.taken();
  }

  /** Hands on what was not read yet of the current entry's content. */
  public void copyContent(TarContent target) throws IOException {
    for (ByteBuffer piece = content.piece(); piece != null; piece = content.piece()) {
      target.accept(content.piecePosition(), piece);
    }
  }

  /** The current entry's content as a stream, with zeros for holes; ends with the entry. */
  public InputStream contentStream() {
    return new ContentStream(this, content);
  }

  private void checkEnd() throws IOException {
    int at = blocks.nextBlock();
    if (at >= 0 && !TarHeader.isZero(blocks.bytes(), at)) {
      throw malformed(null, "a lone block of zeros between entries", null);
    }
    if (longName != null || longLink != null || local != null) {
      throw new TarException(Reason.TRUNCATED, longName, "tar ends before an announced entry");
    }
  }

  /** Takes a header that only says something of entries to come; false if it is an entry. */
  private boolean special(TarHeader header) throws IOException {
    switch (header.typeFlag()) {
      case TypeFlags.PAX_LOCAL, TypeFlags.SOLARIS_LOCAL -> {
        local = new PaxRecords(global);
        local.parse(specialContent(header));
      }
      case TypeFlags.PAX_GLOBAL -> global.parse(specialContent(header));
      case TypeFlags.GNU_LONG_NAME -> longName = upToNul(specialContent(header));
      case TypeFlags.GNU_LONG_LINK -> longLink = upToNul(specialContent(header));
      default -> {
        return false;
      }
    }
    return true;
  }

  private byte[] specialContent(TarHeader header) throws IOException {
    long size = header.size();
    if (size < 0 || size > MAX_SPECIAL_BYTES) {
      throw new NumberFormatException("extended header of " + size + " bytes");
    }
    content.begin("extended header", header.name(), size);
    byte[] bytes = new byte[(int) size];
    for (ByteBuffer piece = content.piece(); piece != null; piece = content.piece()) {
      piece.get(bytes, (int) content.piecePosition(), piece.remaining());
    }
    content.skip();
    return bytes;
  }

  private static ByteString upToNul(byte[] content) {
    ByteString text = ByteString.of(content);
    return text.substring(0, text.indexOf(0, 0));
  }

  private void read(TarHeader header) throws IOException {
    PaxRecords pax = local == null ? global : local;
    char flag = header.typeFlag();
    ByteString name = nameOf(header, pax);
    TarEntry.Type type = TypeFlags.typeOf(flag);
    boolean slash = name.at(name.size() - 1) == '/';
    if (type == TarEntry.Type.FILE && slash) {
      type = TarEntry.Type.DIRECTORY; // How tars older than the type of directories wrote them.
    }
    TarEntry.Builder builder = TarEntry.builder(type, name).typeFlag(flag);
    builder.mode(header.mode());
    builder.owner(pax.number("uid", header.uid()), pax.number("gid", header.gid()));
    Instant modified = pax.time("mtime");
    builder.modified(modified == null ? header.modified() : modified);
    Instant accessed = pax.time("atime");
    if (accessed != null) {
      builder.accessed(accessed);
    }
    Instant changed = pax.time("ctime");
    if (changed != null) {
      builder.changed(changed);
    }
    pax.addXattrs(builder);
    switch (type) {
      case HARD_LINK, SYMBOLIC_LINK -> builder.linkTarget(linkTargetOf(header, pax));
      case CHARACTER_DEVICE, BLOCK_DEVICE ->
          builder.device(
              pax.number("SCHILY.devmajor", header.deviceMajor()),
              pax.number("SCHILY.devminor", header.deviceMinor()));
      default -> {}
    }
    long stored = pax.number("size", header.size());
    if (stored < 0) {
      throw new NumberFormatException("negative size: " + stored);
    }
    boolean hasContent =
        type == TarEntry.Type.OTHER || TypeFlags.typeOf(flag) == TarEntry.Type.FILE;
    // Of all others, a size may be there as a note, but no content follows.
    content.begin("content", name, hasContent ? stored : 0);
    if (type == TarEntry.Type.FILE) {
      if (flag == TypeFlags.GNU_SPARSE) {
        content.readGnuSparseMap(header);
      } else if (pax.sparseMapInContent()) {
        content.readSparseMap(pax.number("GNU.sparse.realsize", -1));
      } else {
        content.sparseMap(pax.sparseMap());
      }
    }
    if (hasContent && type != TarEntry.Type.DIRECTORY) {
      builder.sizeBytes(content.sizeBytes());
    }
    entry = builder.build();
  }

  private ByteString nameOf(TarHeader header, PaxRecords pax) {
    ByteString name = pax.text("GNU.sparse.name");
    name = name == null ? pax.text("path") : name;
    name = name == null ? longName : name;
    name = name == null ? header.name() : name;
    if (name.isEmpty()) {
      throw new NumberFormatException("entry without a name");
    }
    return name;
  }

  private ByteString linkTargetOf(TarHeader header, PaxRecords pax) {
    ByteString target = pax.text("linkpath");
    target = target == null ? longLink : target;
    return target == null ? header.linkTarget() : target;
  }

  private static TarException malformed(
      @Nullable ByteString name, String message, @Nullable Throwable cause) {
    String where = name == null ? "tar: " : "tar entry '" + name + "': ";
    return new TarException(Reason.MALFORMED, name, where + message, cause);
  }
}

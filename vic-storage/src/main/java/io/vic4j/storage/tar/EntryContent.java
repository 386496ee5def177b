package io.vic4j.storage.tar;

import io.vic4j.storage.tar.TarException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What is still to come of the content that follows a header, sparse or not. */
final class EntryContent {
  private final TarBlocks blocks;
  private String what = "";
  private ByteString entry = ByteString.EMPTY;
  private long stored;
  private long left;
  private int padding;
  private @Nullable SparseMap sparse;
  private int section;
  private long sectionDone;
  private int pieceLength;

  EntryContent(TarBlocks blocks) {
    this.blocks = blocks;
  }

  /** Begins a content of so many bytes. */
  void begin(String what, ByteString entry, long stored) {
    this.what = what;
    this.entry = entry;
    this.stored = stored;
    left = stored;
    padding = (int) (-stored & (TarBlocks.BLOCK - 1));
    sparse = null;
    section = 0;
    sectionDone = 0;
  }

  /** How long the content is, holes included. */
  long sizeBytes() {
    return sparse == null ? stored : sparse.sizeBytes();
  }

  /** Says where the content belongs; null for a file without holes. */
  void sparseMap(@Nullable SparseMap map) {
    if (map != null && map.storedBytes() != left) {
      throw new NumberFormatException(
          "sparse map of " + map.storedBytes() + " bytes for " + left + " stored ones");
    }
    sparse = map;
  }

  /**
   * GNU tar's old format: some sections in the header, more in blocks between it and the content.
   */
  void readGnuSparseMap(TarHeader header) throws IOException {
    SparseMap.Builder sections = new SparseMap.Builder();
    long size = header.gnuRealSize();
    boolean more = header.gnuSections(sections);
    while (more) {
      int at = blocks.nextBlock();
      if (at < 0) {
        throw truncated("sparse map");
      }
      more = new TarHeader(blocks.bytes(), at).gnuMoreSections(sections);
    }
    sparseMap(sections.build(size));
  }

  /**
   * Format 1.0: before the content, in whole blocks of its own, the count of sections and the
   * numbers of each, one a line.
   */
  void readSparseMap(long size) throws IOException {
    SparseMap.Builder sections = new SparseMap.Builder();
    Lines lines = new Lines();
    long count = lines.number();
    for (long i = 0; i < count; i++) {
      sections.add(lines.number(), lines.number());
    }
    sparseMap(sections.build(size));
  }

  /** Numbers, one a line, from blocks of the content. */
  private final class Lines {
    private int at;
    private int end;

    long number() throws IOException {
      long value = 0;
      for (int digits = 0; ; digits++) {
        byte c = next();
        if (c == '\n' && digits > 0) {
          return value;
        }
        if (c < '0' || c > '9' || digits == 18) {
          throw new NumberFormatException("sparse map with something else than numbers");
        }
        value = value * 10 + c - '0';
      }
    }

    private byte next() throws IOException {
      if (at == end) {
        if (left < TarBlocks.BLOCK) {
          throw new NumberFormatException("sparse map longer than the entry");
        }
        at = blocks.nextBlock();
        if (at < 0) {
          throw truncated("sparse map");
        }
        left -= TarBlocks.BLOCK;
        end = at + TarBlocks.BLOCK;
      }
      return blocks.bytes()[at++];
    }
  }

  /** The next piece, all of one section; null at the end. */
  @Nullable ByteBuffer piece() throws IOException {
    if (left == 0) {
      return null;
    }
    long wanted = left;
    if (sparse != null) {
      if (sectionDone == sparse.length(section)) {
        section++;
        sectionDone = 0;
      }
      wanted = sparse.length(section) - sectionDone;
    }
    ByteBuffer piece = blocks.take(wanted);
    pieceLength = piece.remaining();
    if (pieceLength == 0) {
      throw truncated(what);
    }
    left -= pieceLength;
    sectionDone += pieceLength;
    return piece;
  }

  /** Where in the file the piece begins that was given last. */
  long piecePosition() {
    return (sparse == null ? 0 : sparse.offset(section)) + sectionDone - pieceLength;
  }

  /** Skips to the block behind the content; padding may be missing where the tar ends. */
  void skip() throws IOException {
    left = blocks.skip(left);
    if (left > 0) {
      throw truncated(what);
    }
    blocks.skip(padding);
    padding = 0;
  }

  private TarException truncated(String part) {
    return new TarException(
        Reason.TRUNCATED,
        entry,
        "tar ends within the " + part + " of '" + entry + "': " + left + " bytes are missing");
  }
}

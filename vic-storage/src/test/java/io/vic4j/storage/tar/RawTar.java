package io.vic4j.storage.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.util.Arrays;

/**
 * Writes tars as no sane program does, for tests: each field as it is given, the checksum set
 * right.
 */
public final class RawTar {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** One header block, whose fields are set before it is added. */
  public static final class Header {
    private final byte[] block = new byte[512];

    private Header(char type, String name, long size) {
      text(0, name);
      text(100, type == '5' ? "0000755" : "0000644");
      text(108, "0000000");
      text(116, "0000000");
      text(124, String.format("%011o", size));
      text(136, "00000000000");
      block[156] = (byte) type;
      text(257, "ustar\00000");
    }

    /** Sets bytes from {@code offset} on. */
    public Header text(int offset, String text) {
      return bytes(offset, text.getBytes(ISO_8859_1));
    }

    /** Sets bytes from {@code offset} on. */
    public Header bytes(int offset, byte... bytes) {
      System.arraycopy(bytes, 0, block, offset, bytes.length);
      return this;
    }

    private byte[] sealed(boolean signed) {
      Arrays.fill(block, 148, 156, (byte) ' ');
      int sum = 0;
      for (byte value : block) {
        sum += signed ? value : value & 0xff;
      }
      text(148, String.format("%06o\0 ", sum));
      return block;
    }
  }

  /** A header with plausible fields. */
  public static Header header(char type, String name, long size) {
    return new Header(type, name, size);
  }

  /** Adds a header. */
  public RawTar add(Header header) {
    out.writeBytes(header.sealed(false));
    return this;
  }

  /** Adds a header whose checksum sums signed bytes. */
  public RawTar addSigned(Header header) {
    out.writeBytes(header.sealed(true));
    return this;
  }

  /** Adds a header without content. */
  public RawTar add(char type, String name) {
    return add(header(type, name, 0));
  }

  /** Adds a link. */
  public RawTar link(char type, String name, String target) {
    return add(header(type, name, 0).text(157, target));
  }

  /** Adds a file with this content. */
  public RawTar file(String name, String content) {
    return entry('0', name, content.getBytes(ISO_8859_1));
  }

  /** Adds an entry with this content. */
  public RawTar entry(char type, String name, byte... content) {
    return add(header(type, name, content.length)).content(content);
  }

  /** Adds a pax header with these records: keyword, value, keyword, value… */
  public RawTar pax(char type, String... records) {
    return entry(type, "pax", records(ISO_8859_1, records));
  }

  /** Pax records. */
  static byte[] records(Charset charset, String... records) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < records.length; i += 2) {
      byte[] rest = (" " + records[i] + "=" + records[i + 1] + "\n").getBytes(charset);
      int length = rest.length + 1;
      while (Integer.toString(length).length() + rest.length != length) {
        length++;
      }
      bytes.writeBytes(Integer.toString(length).getBytes(charset));
      bytes.writeBytes(rest);
    }
    return bytes.toByteArray();
  }

  /** Adds content, padded to whole blocks. */
  public RawTar content(byte... content) {
    out.writeBytes(content);
    out.writeBytes(new byte[-content.length & 511]);
    return this;
  }

  /** Adds bytes as they are. */
  public RawTar raw(byte... bytes) {
    out.writeBytes(bytes);
    return this;
  }

  /** The archive with its end. */
  public byte[] end() {
    out.writeBytes(new byte[1024]);
    return out.toByteArray();
  }

  /** The archive as far as it was written. */
  public byte[] cut() {
    return out.toByteArray();
  }

  TarReader read() {
    return new TarReader(new ByteArrayInputStream(end()));
  }
}

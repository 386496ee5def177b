package io.vic4j.core;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The digest of some content, as OCI writes it: {@code sha256:} and 64 hexadecimal digits.
 *
 * <p>Source: OCI image specification 1.1, descriptor, "Digests".
 *
 * @param algorithm how it was computed
 * @param hex the value in lower-case hexadecimal digits
 */
public record Digest(Algorithm algorithm, String hex) implements Comparable<Digest> {
  /** The registered algorithms of the OCI image specification. */
  public enum Algorithm {
    /** SHA-256, 64 digits: what nearly all images use. */
    SHA256("sha256", "SHA-256", 64),
    /** SHA-512, 128 digits. */
    SHA512("sha512", "SHA-512", 128);

    private final String label;
    private final String jcaName;
    private final int hexDigits;

    Algorithm(String label, String jcaName, int hexDigits) {
      this.label = label;
      this.jcaName = jcaName;
      this.hexDigits = hexDigits;
    }

    /** The name that stands before the colon, such as {@code sha256}. */
    public String label() {
      return label;
    }

    /** A new computation of this algorithm. */
    public MessageDigest newMessageDigest() {
      try {
        return MessageDigest.getInstance(jcaName);
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("this Java runtime has no " + jcaName, e);
      }
    }
  }

  /** Checks that the digits are as many as the algorithm has, and in lower case. */
  public Digest {
    if (hex.length() != algorithm.hexDigits || !isLowerCaseHex(hex)) {
      throw new InvalidArgumentException(
          "not a digest: '"
              + algorithm.label
              + ":"
              + hex
              + "' (want lower-case hex digits of "
              + algorithm.jcaName
              + ")");
    }
  }

  /**
   * Reads {@code algorithm:hex}.
   *
   * @throws InvalidArgumentException if it is not such a digest
   */
  @JsonCreator
  public static Digest parse(String text) {
    for (Algorithm algorithm : Algorithm.values()) {
      if (text.startsWith(algorithm.label + ":")) {
        return new Digest(algorithm, text.substring(algorithm.label.length() + 1));
      }
    }
    throw new InvalidArgumentException(
        "not a digest: '" + text + "' (want sha256:<64 hex digits> or sha512:<128 hex digits>)");
  }

  private static boolean isLowerCaseHex(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
        return false;
      }
    }
    return true;
  }

  /** The SHA-256 digest of these bytes. */
  public static Digest sha256(byte[] content) {
    MessageDigest digest = Algorithm.SHA256.newMessageDigest();
    digest.update(content);
    return of(Algorithm.SHA256, digest);
  }

  /** The SHA-256 digest of this text in UTF-8. */
  public static Digest sha256(String content) {
    return sha256(content.getBytes(StandardCharsets.UTF_8));
  }

  /** The result of a computation, which is reset by this. */
  public static Digest of(Algorithm algorithm, MessageDigest computation) {
    return new Digest(algorithm, HexFormat.of().formatHex(computation.digest()));
  }

  /** The first twelve digits, as people quote image IDs. */
  public String shortHex() {
    return hex.substring(0, 12);
  }

  /** The value as bytes. */
  public byte[] bytes() {
    return HexFormat.of().parseHex(hex);
  }

  @Override
  public int compareTo(Digest other) {
    int byAlgorithm = algorithm.compareTo(other.algorithm);
    return byAlgorithm != 0 ? byAlgorithm : hex.compareTo(other.hex);
  }

  /** {@code algorithm:hex}. */
  @Override
  @JsonValue
  public String toString() {
    return algorithm.label + ":" + hex;
  }
}

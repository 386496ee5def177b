package io.vic4j.pod.kubernetes.kubelet;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Private keys as JDKs read them (PKCS #8, RFC 5958), also of those in the older forms that
 * Kubernetes' own tools write.
 */
final class Pkcs8 {
  private static final Pattern OLD =
      Pattern.compile("-----BEGIN (RSA|EC) PRIVATE KEY-----([^-]*)-----END \\1 PRIVATE KEY-----");

  // RFC 8017, appendix A.1: rsaEncryption, and its NULL; RFC 5480, section 2.1.1: id-ecPublicKey.
  private static final byte[] RSA = HexFormat.of().parseHex("06092a864886f70d0101010500");
  private static final byte[] EC = HexFormat.of().parseHex("06072a8648ce3d0201");
  private static final byte[] VERSION = {2, 1, 0};
  private static final byte OBJECT_IDENTIFIER = 6;
  private static final byte SEQUENCE = 0x30;
  private static final byte OCTETS = 4;
  private static final byte PARAMETERS = (byte) 0xa0; // RFC 5915, section 3: [0].

  private Pkcs8() {}

  /**
   * A key in PEM, as PKCS #8.
   *
   * @param pem one in PKCS #8, which is returned as it is; in PKCS #1 (RSA); or in SEC 1 (EC), with
   *     the name of its curve
   * @throws IllegalArgumentException if it is in none of these
   */
  static String of(String pem) {
    Matcher old = OLD.matcher(pem);
    if (!old.find()) {
      return pem;
    }
    byte[] key = Base64.getMimeDecoder().decode(old.group(2));
    byte[] algorithm =
        old.group(1).equals("RSA") ? item(SEQUENCE, RSA) : item(SEQUENCE, EC, curve(key));
    byte[] wrapped = item(SEQUENCE, VERSION, algorithm, item(OCTETS, key));
    return "-----BEGIN PRIVATE KEY-----\n"
        + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
            .encodeToString(wrapped)
        + "\n-----END PRIVATE KEY-----\n";
  }

  /** The name of a key's curve, with its head. */
  private static byte[] curve(byte[] key) {
    for (int i = 0; i + 4 < key.length; i++) {
      int size = key[i + 1];
      boolean found =
          key[i] == PARAMETERS
              && key[i + 2] == OBJECT_IDENTIFIER
              && key[i + 3] == size - 2
              && i + 2 + size <= key.length;
      if (found) {
        return Arrays.copyOfRange(key, i + 2, i + 2 + size);
      }
    }
    throw new IllegalArgumentException("an EC key without the name of its curve");
  }

  private static byte[] item(byte tag, byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    ByteArrayOutputStream item = new ByteArrayOutputStream();
    item.write(tag);
    int length = content.size();
    if (length < 0x80) {
      item.write(length);
    } else if (length < 0x100) {
      item.write(0x81);
      item.write(length);
    } else {
      item.write(0x82);
      item.write(length >> 8);
      item.write(length);
    }
    item.writeBytes(content.toByteArray());
    return item.toByteArray();
  }
}

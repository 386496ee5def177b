package io.vic4j.pod.kubernetes.kubelet;

import io.vic4j.core.InvalidArgumentException;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether a key is that of a certificate, which JDKs find out in the middle of a handshake. */
final class KeyPairs {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]*)-----END PRIVATE KEY-----");
  private static final byte[] SIGNED = {1, 2, 3};

  private KeyPairs() {}

  /**
   * Checks that what the key signs is the certificate's.
   *
   * @param certificates in PEM, the key's first
   * @param pkcs8 the key, in PEM
   * @throws InvalidArgumentException if it is not
   */
  static void check(String certificates, String pkcs8) {
    Matcher key = KEY.matcher(pkcs8);
    if (!key.find()) {
      return; // Who reads it decides.
    }
    boolean fits;
    try {
      PublicKey open =
          CertificateFactory.getInstance("X.509")
              .generateCertificate(
                  new ByteArrayInputStream(certificates.getBytes(StandardCharsets.US_ASCII)))
              .getPublicKey();
      PrivateKey own =
          KeyFactory.getInstance(open.getAlgorithm())
              .generatePrivate(
                  new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(key.group(1))));
      fits = verifies(open, own);
    } catch (GeneralSecurityException e) {
      throw new InvalidArgumentException("the server's key is not that of its certificate", e);
    }
    if (!fits) {
      throw new InvalidArgumentException("the server's key is not that of its certificate");
    }
  }

  private static boolean verifies(PublicKey open, PrivateKey own) throws GeneralSecurityException {
    String algorithm =
        switch (open.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> open.getAlgorithm(); // EdDSA.
        };
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(own);
    signature.update(SIGNED);
    byte[] signed = signature.sign();
    signature.initVerify(open);
    signature.update(SIGNED);
    return signature.verify(signed);
  }
}

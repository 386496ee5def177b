package io.vic4j.core.http;

import io.vic4j.core.InvalidArgumentException;
import java.net.Socket;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * The certificates with which a client shows to servers who it is: each server is shown its own,
 * and no other server any. Immutable.
 */
public final class ClientKeys extends X509ExtendedKeyManager {
  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "Ed25519");
  private static final Pattern PKCS8 =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

  private final Map<String, Identity> byServer;

  private ClientKeys(Map<String, Identity> byServer) {
    this.byServer = byServer;
  }

  private record Identity(List<X509Certificate> chain, PrivateKey key) {}

  /** Nobody is shown anything. */
  public static ClientKeys none() {
    return new ClientKeys(Map.of());
  }

  /** Whether there is nothing to show to anybody. */
  public boolean isEmpty() {
    return byServer.isEmpty();
  }

  /**
   * These, and one for another server, in whose stead an earlier one is replaced.
   *
   * @param server host or {@code host:port}
   * @param certificates the certificate in PEM, and those that lead to its CA after it
   * @param key its private key in PEM: PKCS#8, without a password
   * @throws InvalidArgumentException if either cannot be read; the message quotes nothing of it
   */
  public ClientKeys with(String server, String certificates, String key) {
    List<X509Certificate> chain = new ArrayList<>();
    Trust.certificates(certificates).forEach(each -> chain.add((X509Certificate) each));
    Map<String, Identity> more = new TreeMap<>(byServer);
    more.put(server.toLowerCase(Locale.ROOT), new Identity(chain, privateKey(server, key)));
    return new ClientKeys(more);
  }

  private static PrivateKey privateKey(String server, String pem) {
    Matcher pkcs8 = PKCS8.matcher(pem);
    if (pkcs8.find()) {
      byte[] encoded = Base64.getMimeDecoder().decode(pkcs8.group(1));
      for (String algorithm : ALGORITHMS) {
        try {
          return KeyFactory.getInstance(algorithm)
              .generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } catch (InvalidKeySpecException | NoSuchAlgorithmException e) {
          // Of another algorithm, perhaps.
        }
      }
    }
    throw new InvalidArgumentException(
        "cannot read the private key for "
            + server
            + "; want PKCS#8 in PEM without a password, as 'openssl pkcs8 -topk8 -nodes' writes"
            + " it");
  }

  private @Nullable String alias(String[] keyTypes, @Nullable String host, int port) {
    String name = String.valueOf(host).toLowerCase(Locale.ROOT);
    String alias = byServer.containsKey(name + ":" + port) ? name + ":" + port : name;
    Identity identity = byServer.get(alias);
    return identity != null && List.of(keyTypes).contains(identity.key.getAlgorithm())
        ? alias
        : null;
  }

  @Override
  public @Nullable String chooseEngineClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, SSLEngine engine) {
    return alias(keyTypes, engine.getPeerHost(), engine.getPeerPort());
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, Socket socket) {
    return alias(keyTypes, socket.getInetAddress().getHostName(), socket.getPort());
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    Identity identity = byServer.get(alias);
    return identity == null ? null : identity.chain.toArray(X509Certificate[]::new);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    Identity identity = byServer.get(alias);
    return identity == null ? null : identity.key;
  }

  @Override
  public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return byServer.entrySet().stream()
        .filter(entry -> entry.getValue().key.getAlgorithm().equals(keyType))
        .map(Map.Entry::getKey)
        .toArray(String[]::new);
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }
}

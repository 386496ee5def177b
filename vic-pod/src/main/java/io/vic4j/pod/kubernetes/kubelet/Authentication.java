package io.vic4j.pod.kubernetes.kubelet;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.ssl.SslHandler;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * Who makes a request: the subject of the client's certificate, which the connection has verified,
 * or else the owner of its bearer token.
 *
 * <p>Source: Kubernetes, "Authenticating": "X.509 client certificates" (the common name is the
 * user, each organization a group) and "Putting a bearer token in a request".
 */
final class Authentication {
  private static final String SCHEME = "bearer ";
  private static final int MAX_TOKEN = 16 * 1024;
  private static final Duration KEPT = Duration.ofMinutes(1);
  private static final Duration REFUSAL_KEPT = Duration.ofSeconds(5);
  private static final int MAX_KEPT = 1024;

  private final TokenAuthenticator tokens;
  private final boolean anonymous;
  private final ShortMemory<String, Optional<KubeletUser>> known;

  Authentication(TokenAuthenticator tokens, boolean anonymous) {
    this.tokens = tokens;
    this.anonymous = anonymous;
    this.known =
        new ShortMemory<>(
            MAX_KEPT, user -> user.isPresent() ? KEPT : REFUSAL_KEPT, System::nanoTime);
  }

  /**
   * Who makes a request. May wait.
   *
   * @throws HttpFailure if that is not known
   */
  KubeletUser user(HttpCall call) {
    Optional<KubeletUser> user = byCertificate(call.channel());
    if (user.isEmpty()) {
      String header = call.headers().get(HttpHeaderNames.AUTHORIZATION, "");
      if (header.toLowerCase(Locale.ROOT).startsWith(SCHEME)) {
        user = byToken(header.substring(SCHEME.length()).strip());
      } else if (anonymous) {
        return KubeletUser.ANONYMOUS;
      }
    }
    return user.orElseThrow(() -> new HttpFailure(HttpResponseStatus.UNAUTHORIZED, "Unauthorized"))
        .authenticated();
  }

  private static Optional<KubeletUser> byCertificate(Channel channel) {
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    try {
      Certificate[] chain = tls == null ? null : tls.engine().getSession().getPeerCertificates();
      return chain != null && chain.length > 0 && chain[0] instanceof X509Certificate certificate
          ? subject(certificate.getSubjectX500Principal().getName())
          : Optional.empty();
    } catch (SSLPeerUnverifiedException e) {
      return Optional.empty(); // It has shown none.
    }
  }

  /** The user of a distinguished name, as RFC 2253 writes it; empty if it names none. */
  static Optional<KubeletUser> subject(String distinguishedName) {
    String name = "";
    List<String> groups = new ArrayList<>();
    try {
      for (Rdn part : new LdapName(distinguishedName).getRdns()) {
        if (part.getType().equalsIgnoreCase("CN")) {
          name = String.valueOf(part.getValue());
        } else if (part.getType().equalsIgnoreCase("O")) {
          groups.add(String.valueOf(part.getValue()));
        }
      }
    } catch (InvalidNameException e) {
      return Optional.empty();
    }
    return name.isEmpty() ? Optional.empty() : Optional.of(KubeletUser.of(name, groups));
  }

  private Optional<KubeletUser> byToken(String token) {
    if (token.isEmpty() || token.length() > MAX_TOKEN) {
      return Optional.empty();
    }
    return known.get(digest(token), key -> tokens.authenticate(token));
  }

  /** Tokens themselves are not kept. */
  private static String digest(String token) {
    try {
      return Base64.getEncoder()
          .encodeToString(
              MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("each JDK has SHA-256", e);
    }
  }
}

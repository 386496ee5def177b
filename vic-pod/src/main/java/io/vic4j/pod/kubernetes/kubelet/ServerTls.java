package io.vic4j.pod.kubernetes.kubelet;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.vic4j.core.InvalidArgumentException;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What connections are made safe with: of texts in PEM, which are asked for with each connection,
 * for files of certificates are replaced while a server runs. While the new ones are of no use,
 * those before stay: who replaces several files does it one after the other. Thread-safe.
 */
final class ServerTls {
  private static final Logger log = LoggerFactory.getLogger(ServerTls.class);

  private record Texts(String certificates, String key, Optional<String> clientCa) {}

  private final Supplier<String> certificates;
  private final Supplier<String> key;
  private final @Nullable Supplier<String> clientCa;
  private Texts seen;
  private SslContext context;
  private boolean unreadable;

  /**
   * A server's TLS.
   *
   * @param clientCa who may have made the certificates of clients; null if these are not asked for
   * @throws InvalidArgumentException if a text is not what it should be
   */
  ServerTls(
      Supplier<String> certificates, Supplier<String> key, @Nullable Supplier<String> clientCa) {
    this.certificates = certificates;
    this.key = key;
    this.clientCa = clientCa;
    this.seen = texts();
    this.context = context(seen);
  }

  private Texts texts() {
    return new Texts(
        certificates.get(), key.get(), Optional.ofNullable(clientCa).map(Supplier::get));
  }

  /** For a connection that begins now. */
  synchronized SslContext context() {
    try {
      Texts now = texts();
      unreadable = false;
      if (!now.equals(seen)) {
        seen = now; // Also if it is of no use: that is told once.
        context = context(now);
        log.info("the server's certificates, or the CA of its clients, have changed");
      }
    } catch (InvalidArgumentException e) {
      if (!unreadable) {
        log.warn("the certificates that a server had before are used on: {}", e.getMessage(), e);
      }
      unreadable = true;
    }
    return context;
  }

  private static SslContext context(Texts texts) {
    try {
      String pkcs8 = Pkcs8.of(texts.key);
      SslContextBuilder builder =
          SslContextBuilder.forServer(stream(texts.certificates), stream(pkcs8))
              .sslProvider(SslProvider.JDK)
              .protocols("TLSv1.3", "TLSv1.2");
      if (texts.clientCa.isPresent()) {
        builder.trustManager(stream(texts.clientCa.get())).clientAuth(ClientAuth.OPTIONAL);
      }
      SslContext context = builder.build();
      KeyPairs.check(texts.certificates, pkcs8);
      return context;
    } catch (SSLException | IllegalArgumentException e) {
      throw new InvalidArgumentException(
          "the server's certificates, its key, or the CA of its clients cannot be read; want PEM",
          e);
    }
  }

  private static InputStream stream(String pem) {
    return new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII));
  }
}

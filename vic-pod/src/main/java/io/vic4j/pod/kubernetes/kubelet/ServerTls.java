package io.vic4j.pod.kubernetes.kubelet;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.vic4j.core.InvalidArgumentException;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What connections are made safe with. */
final class ServerTls {
  private ServerTls() {}

  /**
   * A server's TLS, of texts in PEM.
   *
   * @param clientCa who may have made the certificates of clients; null if these are not asked for
   * @throws InvalidArgumentException if a text is not what it should be
   */
  static SslContext of(String certificates, String key, @Nullable String clientCa) {
    try {
      SslContextBuilder builder =
          SslContextBuilder.forServer(stream(certificates), stream(Pkcs8.of(key)))
              .sslProvider(SslProvider.JDK)
              .protocols("TLSv1.3", "TLSv1.2");
      if (clientCa != null) {
        builder.trustManager(stream(clientCa)).clientAuth(ClientAuth.OPTIONAL);
      }
      return builder.build();
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

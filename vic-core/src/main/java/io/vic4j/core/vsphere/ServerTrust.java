package io.vic4j.core.vsphere;

import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.http.PinnedTrust;
import io.vic4j.core.http.Trust;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Whose certificate a server must have. There is no way to trust any: a server whose certificate is
 * self-signed, as that of a new vCenter Server, is trusted by its CA or by its thumbprint.
 *
 * <p>Immutable.
 */
public final class ServerTrust {
  private static final ServerTrust RUNTIME = new ServerTrust(null);

  private final @Nullable SSLContext context;

  private ServerTrust(@Nullable SSLContext context) {
    this.context = context;
  }

  /** Those whom this Java runtime trusts. */
  public static ServerTrust runtime() {
    return RUNTIME;
  }

  /**
   * Those whom this Java runtime trusts, and those with a certificate of these authorities.
   *
   * @param pem one or more certificates, as text; vCenter Server offers its own under {@code
   *     /certs/download.zip}
   * @throws InvalidArgumentException if it is none
   */
  public static ServerTrust authorities(String pem) {
    return new ServerTrust(Trust.contextTrusting(List.of(pem)));
  }

  /**
   * The one server whose own certificate has this digest, whoever signed it and whatever name is in
   * it.
   *
   * @param sha256 SHA-256 of the certificate in DER: 64 hexadecimal digits, colons between them or
   *     not
   * @throws InvalidArgumentException if it is no such digest
   */
  public static ServerTrust thumbprint(String sha256) {
    return new ServerTrust(PinnedTrust.context("SHA-256", sha256));
  }

  /** The context for TLS; null for that of the runtime. */
  @Nullable SSLContext context() {
    return context;
  }
}

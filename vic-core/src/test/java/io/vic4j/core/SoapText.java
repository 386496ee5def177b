package io.vic4j.core;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Calls a {@link VcSim} with envelopes that are written by hand, and reads answers as text. */
public final class SoapText implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final VcSim sim;
  private final HttpClient http;

  /** A client without a session yet. */
  public SoapText(VcSim sim) {
    this.sim = sim;
    this.http =
        HttpClient.newBuilder()
            .sslContext(trusting(sim.caPem()))
            .cookieHandler(new CookieManager())
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build();
  }

  /** Opens a session, which the cookie keeps. */
  public HttpResponse<String> login(String password) {
    return call(
        "Login",
        "SessionManager",
        "SessionManager",
        "<userName>"
            + escaped(sim.user())
            + "</userName><password>"
            + escaped(password)
            + "</password>");
  }

  /** Calls a method of an object, with its other arguments as XML. */
  public HttpResponse<String> call(String method, String type, String object, String arguments) {
    String envelope =
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"
            xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
            xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soapenv:Body>
        <%1$s xmlns="urn:vim25"><_this type="%2$s">%3$s</_this>%4$s</%1$s>
        </soapenv:Body></soapenv:Envelope>
        """
            .formatted(method, type, object, arguments);
    return request("POST", sim.url(), BodyPublishers.ofString(envelope));
  }

  /** Sends a request as part of the session. */
  public HttpResponse<String> request(String method, URI uri, BodyPublisher body) {
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(TIMEOUT).method(method, body).build();
    try {
      return http.send(request, BodyHandlers.ofString(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted during " + method + " " + uri, e);
    }
  }

  /** What a pattern's first group takes out of a text, which has to match somewhere. */
  public static String take(String pattern, String text) {
    Matcher matcher = Pattern.compile(pattern, Pattern.DOTALL).matcher(text);
    if (!matcher.find()) {
      throw new AssertionError("no " + pattern + " in " + text);
    }
    return matcher.group(1);
  }

  /** A text as XML has it. */
  public static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  @Override
  public void close() {
    call("Logout", "SessionManager", "SessionManager", "");
  }

  private static SSLContext trusting(String pem) {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      store.setCertificateEntry(
          "ca",
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8))));
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, factory.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

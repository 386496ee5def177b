package io.vic4j.core.vsphere;

import com.vmware.vim25.NotAuthenticated;
import com.vmware.vim25.ws.Argument;
import com.vmware.vim25.ws.Client;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.http.BodyStream;
import io.vic4j.core.vsphere.soap.SoapFault;
import io.vic4j.core.vsphere.soap.SoapReader;
import io.vic4j.core.vsphere.soap.SoapWriter;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.rmi.RemoteException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The transport under yavijava's stub: SOAP over the JDK's HTTP client. Thread-safe.
 *
 * <p>A call that finds the session expired logs in again, one for all that find it so, and is then
 * made once more, for it has not been carried out. A call that only asks is repeated when the
 * connection breaks; one that changes something only if it was certainly not sent. What a server
 * refuses comes as {@link SoapFault}; what it does not answer as {@link BrokenConnectionException}.
 */
final class VimClient implements Client {
  private static final Logger log = LoggerFactory.getLogger(VimClient.class);

  /** The latest version whose types yavijava has; later servers speak it. */
  private static final String SOAP_ACTION = "urn:vim25/6.0";

  private static final String SESSION_COOKIE = "vmware_soap_session";
  private static final int ATTEMPTS = 4;

  /** Calls that open or end a session, and the one whose objects end with the session. */
  private static final Set<String> NEVER_RENEWED =
      Set.of("Login", "Logout", "RetrieveServiceContent", "WaitForUpdatesEx");

  private final URI sdk;
  private final VimHttp http;
  private final Duration answerTimeout;
  private final AtomicReference<@Nullable String> cookie = new AtomicReference<>();
  private volatile Renewal renewal = seen -> false;

  /** Makes a new session in place of one that is over. */
  interface Renewal {
    /**
     * Logs in again, unless somebody else has since.
     *
     * @param seen the cookie of the session that is over
     * @return whether there is a session now
     */
    boolean renew(@Nullable String seen);
  }

  VimClient(URI sdk, VimHttp http, Duration answerTimeout) {
    this.sdk = sdk;
    this.http = http;
    this.answerTimeout = answerTimeout;
  }

  void renewBy(Renewal how) {
    this.renewal = how;
  }

  /** Where the API is. */
  URI sdk() {
    return sdk;
  }

  /** The session, as a Cookie header carries it; null if there is none. */
  @Nullable String session() {
    return cookie.get();
  }

  /** Forgets the session, so that the next login opens a new one. */
  void forgetSession() {
    cookie.set(null);
  }

  @Override
  public @Nullable Object invoke(
      String method, Argument @Nullable [] arguments, @Nullable String returnType)
      throws RemoteException {
    byte[] body = SoapWriter.request(method, arguments == null ? new Argument[0] : arguments);
    boolean renewed = false;
    for (int attempt = 1; ; attempt++) {
      String seen = cookie.get();
      try {
        return onlyAsks(method) || method.equals("WaitForUpdatesEx")
            ? once(method, body, seen, returnType)
            : http.toItsEnd(method, () -> once(method, body, seen, returnType));
      } catch (SoapFault e) {
        if (renewed || !isExpired(e) || NEVER_RENEWED.contains(method) || !renewal.renew(seen)) {
          throw e;
        }
        renewed = true;
      } catch (BrokenConnectionException e) {
        if ((e.sent() && !onlyAsks(method)) || attempt == ATTEMPTS || http.isHurried()) {
          throw e;
        }
        log.debug("{} is tried again: {}", method, e.getMessage());
        VimHttp.pause(method, attempt);
      } catch (RemoteException e) {
        throw e;
      } catch (IOException e) {
        throw http.brokenInAnswer(sdk, e);
      }
    }
  }

  private static boolean isExpired(SoapFault fault) {
    return fault.fault().filter(NotAuthenticated.class::isInstance).isPresent();
  }

  /** Whether a method changes nothing, so that it may be called twice. */
  private static boolean onlyAsks(String method) {
    return method.startsWith("Retrieve")
        || method.startsWith("Query")
        || method.startsWith("Find")
        || method.equals("CurrentTime")
        || method.equals("Login") // A session that nobody knows of ends by itself.
        || method.equals("SearchDatastore_Task");
  }

  private @Nullable Object once(
      String method, byte[] body, @Nullable String session, @Nullable String returnType)
      throws RemoteException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(sdk)
            .header("Content-Type", "text/xml; charset=utf-8")
            .header("SOAPAction", SOAP_ACTION)
            .header("Accept-Encoding", "gzip")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    if (session != null) {
      request.header("Cookie", session);
    }
    HttpResponse<BodyStream> response = http.send(request, timeout(method));
    try (InputStream answer = response.body()) {
      // A fault comes with status 500 (SOAP 1.1, section 6.2).
      if (response.statusCode() != 200 && !isXml(response)) {
        throw refused(method, response);
      }
      Object result = SoapReader.answer(decoded(response, answer), returnType);
      response.headers().allValues("Set-Cookie").forEach(this::keepSession);
      // What is left is white space at most; once it is read the connection serves the next call.
      answer.readNBytes(1 << 10);
      return result;
    } catch (SoapFault e) {
      throw e;
    } catch (IOException e) {
      throw http.brokenInAnswer(sdk, e);
    }
  }

  private Duration timeout(String method) {
    return method.equals("WaitForUpdatesEx")
        ? answerTimeout.plus(PropertyWatch.LONGEST_WAIT)
        : answerTimeout;
  }

  private static boolean isXml(HttpResponse<?> response) {
    return response.headers().firstValue("Content-Type").orElse("text/xml").contains("xml")
        && response.statusCode() == 500;
  }

  private UnavailableException refused(String method, HttpResponse<BodyStream> response) {
    int status = response.statusCode();
    String message =
        "no vSphere API answers at "
            + sdk
            + ": "
            + method
            + " got HTTP "
            + status
            + "; check the address";
    return VimHttp.isFromProxy(status)
        ? new BrokenConnectionException(message, true, null)
        : new UnavailableException(message, null);
  }

  private static InputStream decoded(HttpResponse<?> response, InputStream in) throws IOException {
    boolean zipped =
        response.headers().firstValue("Content-Encoding").filter("gzip"::equals).isPresent();
    return zipped ? new GZIPInputStream(in, 1 << 14) : new BufferedInputStream(in, 1 << 14);
  }

  private void keepSession(String header) {
    String pair = header.split(";", 2)[0].strip();
    if (pair.startsWith(SESSION_COOKIE + "=")) {
      cookie.set(pair);
    }
  }

  // What the stub's interface has besides; of it, nothing is used.

  @Override
  public StringBuffer invokeAsString(String method, Argument[] arguments) {
    throw new UnsupportedOperationException("answers are read as they come");
  }

  @Override
  public URL getBaseUrl() {
    try {
      return sdk.toURL();
    } catch (MalformedURLException e) {
      throw new IllegalStateException("an address of an HTTP server is a URL", e);
    }
  }

  @Override
  public void setBaseUrl(URL url) {
    throw new UnsupportedOperationException("a client has one server");
  }

  @Override
  public @Nullable String getCookie() {
    return cookie.get();
  }

  @Override
  public void setCookie(String value) {
    throw new UnsupportedOperationException("a session is opened by a login");
  }

  @Override
  public String getVimNameSpace() {
    return "urn:vim25";
  }

  @Override
  public void setVimNameSpace(String nameSpace) {
    throw new UnsupportedOperationException("there is one name space");
  }

  @Override
  public int getConnectTimeout() {
    return 0;
  }

  @Override
  public void setConnectTimeout(int milliseconds) {
    throw new UnsupportedOperationException("the time limits are set when the client is made");
  }

  @Override
  public int getReadTimeout() {
    return Math.toIntExact(answerTimeout.toMillis());
  }

  @Override
  public void setReadTimeout(int milliseconds) {
    throw new UnsupportedOperationException("the time limits are set when the client is made");
  }

  @Override
  public @Nullable TrustManager getTrustManager() {
    return null;
  }

  @Override
  public void setSoapActionOnApiVersion(String version) {
    // The version that is spoken is that of the types.
  }

  @Override
  public String marshall(String method, Argument[] arguments) {
    return new String(SoapWriter.request(method, arguments), StandardCharsets.UTF_8);
  }

  @Override
  public @Nullable Object unMarshall(@Nullable String returnType, InputStream answer)
      throws IOException {
    return SoapReader.answer(answer, returnType);
  }

  @Override
  public StringBuffer readStream(InputStream stream) throws IOException {
    return new StringBuffer(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
  }
}

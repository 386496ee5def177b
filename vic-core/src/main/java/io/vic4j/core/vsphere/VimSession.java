package io.vic4j.core.vsphere;

import com.vmware.vim25.InvalidLogin;
import com.vmware.vim25.ServiceContent;
import com.vmware.vim25.UserSession;
import com.vmware.vim25.ws.VimStub;
import io.vic4j.core.CancelledException;
import io.vic4j.core.UnauthorizedException;
import io.vic4j.core.VicException;
import io.vic4j.core.vsphere.soap.SoapFault;
import java.rmi.RemoteException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A session with a server, which is renewed when it expires. Thread-safe. */
final class VimSession implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(VimSession.class);

  /** vCenter Server locks an account after some refused logins; so none is tried again at once. */
  private static final Duration REFUSED_FOR = Duration.ofSeconds(30);

  private static final Duration LAST_LOGIN = Duration.ofSeconds(5);

  private final VimClient client;
  private final VimStub stub;
  private final VsphereSettings.Credentials credentials;
  private final ServiceContent content;
  private final ReentrantLock login = new ReentrantLock();

  private volatile @Nullable String key;

  // Under the lock.
  private @Nullable UnauthorizedException refusal;
  private long refusedAtNanos;

  private volatile boolean closed;

  private VimSession(VimClient client, VsphereSettings.Credentials credentials) {
    this.client = client;
    this.stub = new VimStub(client);
    this.credentials = credentials;
    this.content =
        call(
            "connection to " + client.sdk(),
            vim -> vim.retrieveServiceContent(Moref.of("ServiceInstance", "ServiceInstance")));
  }

  /**
   * Logs in. The session is closed by the caller.
   *
   * @throws UnauthorizedException if the server does not take the credentials
   * @throws io.vic4j.core.UnavailableException if there is no such server
   */
  static VimSession open(VimClient client, VsphereSettings.Credentials credentials) {
    VimSession session = new VimSession(client, credentials);
    session.logIn();
    client.renewBy(session::renew);
    return session;
  }

  /** The server's managers and root folder. */
  ServiceContent content() {
    return content;
  }

  /** Whether the server is a vCenter Server, not a host. */
  boolean isVirtualCenter() {
    return "VirtualCenter".equals(content.getAbout().getApiType());
  }

  VimClient client() {
    return client;
  }

  /** What the server calls this session; null if it does not say. */
  @Nullable String key() {
    return key;
  }

  /**
   * Makes a call.
   *
   * @param what what it is for, for messages: {@code "power-on of VM web"}
   * @throws VicException by what a caller can do about the failure
   */
  <T extends @Nullable Object> T call(String what, VimCall<T> call) {
    try {
      return call.on(stub);
    } catch (RemoteException e) {
      throw VimFaults.translate(e, what);
    }
  }

  /** A call that gives nothing. */
  @FunctionalInterface
  interface Order {
    void on(VimStub stub) throws RemoteException;
  }

  /** Makes a call that gives nothing; see {@link #call}. */
  void run(String what, Order order) {
    try {
      order.on(stub);
    } catch (RemoteException e) {
      throw VimFaults.translate(e, what);
    }
  }

  private void logIn() {
    client.forgetSession();
    try {
      UserSession opened =
          stub.login(content.getSessionManager(), credentials.user(), credentials.password(), null);
      key = opened == null ? null : opened.getKey();
      refusal = null;
      log.debug("logged in at {} as {}", client.sdk(), credentials.user());
    } catch (SoapFault e) {
      client.forgetSession();
      VicException translated =
          VimFaults.translate(e, "login of '" + credentials.user() + "' at " + client.sdk());
      if (e.fault().filter(InvalidLogin.class::isInstance).isPresent()
          && translated instanceof UnauthorizedException unauthorized) {
        refusal = unauthorized;
        refusedAtNanos = System.nanoTime();
      }
      throw translated;
    } catch (RemoteException e) {
      throw VimFaults.translate(e, "login at " + client.sdk());
    }
  }

  /** Logs in again, once for all who find the session over. */
  private boolean renew(@Nullable String seen) {
    try {
      login.lockInterruptibly();
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "login at " + client.sdk());
    }
    try {
      if (closed) {
        throw new CancelledException("cancelled: the connection to vSphere is closed");
      }
      if (!Objects.equals(client.session(), seen) && client.session() != null) {
        return true;
      }
      if (refusal != null && System.nanoTime() - refusedAtNanos < REFUSED_FOR.toNanos()) {
        throw new UnauthorizedException(refusal.getMessage(), refusal);
      }
      log.info("the session at {} is over; logging in again", client.sdk());
      logIn();
      return true;
    } finally {
      login.unlock();
    }
  }

  /** Waits for a login that is under way, for its session is to end, too. */
  private void awaitLogin() {
    closed = true;
    try {
      if (login.tryLock(LAST_LOGIN.toNanos(), TimeUnit.NANOSECONDS)) {
        login.unlock();
      }
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "logout at " + client.sdk());
    }
  }

  /** Makes sure that there is a session other than this one, which is over. */
  void renewed(@Nullable String seen) {
    renew(seen);
  }

  /** Logs out, if the server still answers. Nobody logs in again after that. */
  @Override
  public void close() {
    boolean interrupted = Thread.interrupted(); // It must not keep us from tidying up.
    try {
      awaitLogin();
      if (client.session() != null) {
        stub.logout(content.getSessionManager());
      }
    } catch (RemoteException | VicException e) {
      log.debug("could not log out at {}", client.sdk(), e);
    } finally {
      client.forgetSession();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}

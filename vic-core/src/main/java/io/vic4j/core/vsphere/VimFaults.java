package io.vic4j.core.vsphere;

import com.vmware.vim25.AlreadyExists;
import com.vmware.vim25.ConcurrentAccess;
import com.vmware.vim25.DuplicateName;
import com.vmware.vim25.FileAlreadyExists;
import com.vmware.vim25.FileFault;
import com.vmware.vim25.FileLocked;
import com.vmware.vim25.FileNotFound;
import com.vmware.vim25.HostCommunication;
import com.vmware.vim25.HostConfigFault;
import com.vmware.vim25.InaccessibleDatastore;
import com.vmware.vim25.InsufficientResourcesFault;
import com.vmware.vim25.InvalidArgument;
import com.vmware.vim25.InvalidDatastore;
import com.vmware.vim25.InvalidHostState;
import com.vmware.vim25.InvalidLogin;
import com.vmware.vim25.InvalidName;
import com.vmware.vim25.InvalidState;
import com.vmware.vim25.ManagedObjectNotFound;
import com.vmware.vim25.MethodDisabled;
import com.vmware.vim25.MethodFault;
import com.vmware.vim25.NoActiveHostInCluster;
import com.vmware.vim25.NoCompatibleHost;
import com.vmware.vim25.NoDiskSpace;
import com.vmware.vim25.NoPermission;
import com.vmware.vim25.NotAuthenticated;
import com.vmware.vim25.NotEnoughLicenses;
import com.vmware.vim25.NotFound;
import com.vmware.vim25.NotSupported;
import com.vmware.vim25.ResourceInUse;
import com.vmware.vim25.RestrictedVersion;
import com.vmware.vim25.TaskInProgress;
import com.vmware.vim25.VmConfigFault;
import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.OutOfSpaceException;
import io.vic4j.core.UnauthorizedException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.VicException;
import io.vic4j.core.vsphere.soap.SoapFault;
import java.rmi.RemoteException;
import java.util.List;
import java.util.function.Function;

/**
 * What vSphere's faults are in this library's words: one error for each thing that a caller can do
 * about them. The fault is kept as the cause.
 */
final class VimFaults {
  /** A fault, what was asked, and what the server said in words. */
  private record Refusal(MethodFault fault, String what, String said, Throwable cause) {
    String message(String remedy) {
      return what + ": " + said + (remedy.isEmpty() ? "" : "; " + remedy);
    }
  }

  private record Rule(
      Class<? extends MethodFault> type, Function<Refusal, VicException> translation) {}

  // The first that fits counts: a subclass stands before its superclass.
  private static final List<Rule> RULES =
      List.of(
          new Rule(ManagedObjectNotFound.class, VimFaults::objectNotFound),
          new Rule(FileNotFound.class, refusal -> notFound("file", file(refusal), refusal)),
          new Rule(NotFound.class, refusal -> notFound("object", refusal.what(), refusal)),
          new Rule(FileAlreadyExists.class, refusal -> exists("file", file(refusal), refusal)),
          new Rule(DuplicateName.class, VimFaults::duplicateName),
          new Rule(AlreadyExists.class, refusal -> exists("object", refusal.what(), refusal)),
          new Rule(
              NotAuthenticated.class,
              unauthorized("the session is over and could not be renewed; check the credentials")),
          new Rule(InvalidLogin.class, unauthorized("check user and password")),
          new Rule(NoPermission.class, VimFaults::noPermission),
          new Rule(ConcurrentAccess.class, conflict("look at it again, then retry")),
          new Rule(FileLocked.class, VimFaults::locked),
          new Rule(TaskInProgress.class, conflict("wait for the other task, then retry")),
          new Rule(ResourceInUse.class, conflict("")),
          new Rule(NoDiskSpace.class, VimFaults::noSpace),
          new Rule(NotEnoughLicenses.class, unavailable("the licence does not allow it")),
          new Rule(RestrictedVersion.class, unsupported("the licence has a read-only API")),
          new Rule(
              InsufficientResourcesFault.class,
              unavailable("there is no room for it now; free some, or raise the pool's limits")),
          new Rule(NoCompatibleHost.class, unavailable("no host can take it now")),
          new Rule(NoActiveHostInCluster.class, unavailable("no host of the cluster is active")),
          new Rule(
              InvalidHostState.class,
              unavailable("the host is in maintenance mode, or not connected")),
          new Rule(HostCommunication.class, unavailable("vCenter Server cannot reach the host")),
          new Rule(HostConfigFault.class, unavailable("")),
          new Rule(InaccessibleDatastore.class, unavailable("the datastore is not accessible")),
          new Rule(InvalidDatastore.class, VimFaults::invalidDatastore),
          new Rule(MethodDisabled.class, conflict("the method is disabled for this object now")),
          new Rule(NotSupported.class, unsupported("")),
          new Rule(InvalidState.class, conflict("")),
          new Rule(InvalidName.class, invalid("")),
          new Rule(InvalidArgument.class, VimFaults::invalidArgument),
          new Rule(VmConfigFault.class, invalid("vSphere does not take this configuration")),
          new Rule(FileFault.class, refusal -> unavailable("").apply(refusal)));

  private VimFaults() {}

  /**
   * The error for what a call threw.
   *
   * @param what what was asked, such as {@code "power-on of VM web"}
   */
  static VicException translate(RemoteException failure, String what) {
    if (failure instanceof SoapFault fault) {
      return translate(fault, what);
    }
    return new UnavailableException(what + ": " + failure.getMessage(), failure);
  }

  /** The error for a fault that a call or a task ended with. */
  static VicException translate(SoapFault failure, String what) {
    String said = String.valueOf(failure.getMessage());
    MethodFault fault = failure.fault().orElse(null);
    if (fault != null) {
      Refusal refusal = new Refusal(fault, what, said, failure);
      for (Rule rule : RULES) {
        if (rule.type().isInstance(fault)) {
          return rule.translation().apply(refusal);
        }
      }
    }
    return new UnavailableException(what + ": vSphere refused it: " + said, failure);
  }

  /** Whether a failure is that a session is over. */
  static boolean isExpiry(VicException failure) {
    return failure.getCause() instanceof SoapFault fault
        && fault.fault().orElse(null) instanceof NotAuthenticated;
  }

  private static String file(Refusal refusal) {
    return refusal.fault() instanceof FileFault fault && fault.getFile() != null
        ? fault.getFile()
        : refusal.what();
  }

  private static VicException notFound(String kind, String name, Refusal refusal) {
    return new NotFoundException(
        kind, name, refusal.what() + ": " + kind + " not found: " + name, refusal.cause());
  }

  private static VicException objectNotFound(Refusal refusal) {
    ManagedObjectNotFound fault = (ManagedObjectNotFound) refusal.fault();
    return fault.getObj() == null
        ? notFound("object", refusal.what(), refusal)
        : notFound(Moref.kind(fault.getObj()), fault.getObj().getVal(), refusal);
  }

  private static VicException exists(String kind, String name, Refusal refusal) {
    return new AlreadyExistsException(kind, name, refusal.cause());
  }

  private static VicException duplicateName(Refusal refusal) {
    DuplicateName fault = (DuplicateName) refusal.fault();
    return exists(
        fault.getObject() == null ? "object" : Moref.kind(fault.getObject()),
        fault.getName() == null ? refusal.what() : fault.getName(),
        refusal);
  }

  private static VicException noPermission(Refusal refusal) {
    NoPermission fault = (NoPermission) refusal.fault();
    String privilege = fault.getPrivilegeId() == null ? "a privilege" : fault.getPrivilegeId();
    String on = fault.getObject() == null ? "" : " on " + Moref.text(fault.getObject());
    return new UnauthorizedException(
        refusal.what() + ": the user lacks " + privilege + on + "; grant it, or use another user",
        refusal.cause());
  }

  private static VicException locked(Refusal refusal) {
    return new ConflictException(
        refusal.what() + ": '" + file(refusal) + "' is in use by another VM", refusal.cause());
  }

  private static VicException noSpace(Refusal refusal) {
    NoDiskSpace fault = (NoDiskSpace) refusal.fault();
    return new OutOfSpaceException(
        refusal.what() + ": no space left on datastore " + fault.getDatastore(), refusal.cause());
  }

  private static VicException invalidDatastore(Refusal refusal) {
    InvalidDatastore fault = (InvalidDatastore) refusal.fault();
    String name = fault.getName() == null ? refusal.what() : fault.getName();
    return notFound("datastore", name, refusal);
  }

  private static VicException invalidArgument(Refusal refusal) {
    InvalidArgument fault = (InvalidArgument) refusal.fault();
    String property =
        fault.getInvalidProperty() == null ? "" : "; it names " + fault.getInvalidProperty();
    return new InvalidArgumentException(refusal.message("") + property, refusal.cause());
  }

  private static Function<Refusal, VicException> unauthorized(String remedy) {
    return refusal -> new UnauthorizedException(refusal.message(remedy), refusal.cause());
  }

  private static Function<Refusal, VicException> conflict(String remedy) {
    return refusal -> new ConflictException(refusal.message(remedy), refusal.cause());
  }

  private static Function<Refusal, VicException> unavailable(String remedy) {
    return refusal -> new UnavailableException(refusal.message(remedy), refusal.cause());
  }

  private static Function<Refusal, VicException> unsupported(String remedy) {
    return refusal -> new UnsupportedException(refusal.message(remedy), refusal.cause());
  }

  private static Function<Refusal, VicException> invalid(String remedy) {
    return refusal -> new InvalidArgumentException(refusal.message(remedy), refusal.cause());
  }
}

package io.vic4j.core.vsphere.soap;

import com.vmware.vim25.LocalizedMethodFault;
import com.vmware.vim25.MethodFault;
import java.rmi.RemoteException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The server understood the call, or the task that it began, and answers that it failed.
 *
 * <p>It is an {@link java.io.IOException} by descent, as yavijava's signatures want it: who tells
 * faults from lost connections catches this one first.
 */
public final class SoapFault extends RemoteException {
  private static final long serialVersionUID = 1;

  private final String typeName;
  private final String text;
  private final transient @Nullable MethodFault fault;

  SoapFault(String typeName, String text, @Nullable MethodFault fault) {
    super(text.isEmpty() ? typeName : typeName + ": " + text);
    this.typeName = typeName;
    this.text = text;
    this.fault = fault;
  }

  /** The same of a fault inside an answer, such as the error of a task. */
  public static SoapFault of(LocalizedMethodFault localized) {
    MethodFault fault = localized.fault;
    String text = localized.localizedMessage == null ? "" : localized.localizedMessage;
    return fault == null
        ? new SoapFault("MethodFault", text, null)
        : new SoapFault(typeName(fault), text, fault instanceof UnknownFault ? null : fault);
  }

  /** The type of a fault as the server named it, also where yavijava does not know it. */
  public static String typeName(MethodFault fault) {
    return fault instanceof UnknownFault unknown
        ? unknown.typeName()
        : fault.getClass().getSimpleName();
  }

  /**
   * The type of the fault as the server named it, such as {@code "InvalidLogin"}, also where
   * yavijava does not know it; the faultcode of a fault without details.
   */
  public String typeName() {
    return typeName;
  }

  /** What the server says for people; may be empty. */
  public String text() {
    return text;
  }

  /**
   * The fault with its fields, of its type or of the nearest that yavijava knows. Empty where it
   * knows none.
   */
  public Optional<MethodFault> fault() {
    return Optional.ofNullable(fault);
  }
}

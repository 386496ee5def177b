package io.vic4j.core.vsphere;

import com.vmware.vim25.ws.VimStub;
import java.rmi.RemoteException;
import org.jspecify.annotations.Nullable;

/** A call of the API through yavijava's stub. */
@FunctionalInterface
interface VimCall<T extends @Nullable Object> {
  T on(VimStub stub) throws RemoteException;
}

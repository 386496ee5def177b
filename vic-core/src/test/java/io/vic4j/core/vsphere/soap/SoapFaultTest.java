package io.vic4j.core.vsphere.soap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.vmware.vim25.FileNotFound;
import com.vmware.vim25.InvalidLogin;
import com.vmware.vim25.InvalidPowerState;
import com.vmware.vim25.LocalizedMethodFault;
import com.vmware.vim25.ManagedObjectNotFound;
import com.vmware.vim25.TaskInfo;
import com.vmware.vim25.VirtualMachinePowerState;
import org.junit.jupiter.api.Test;

class SoapFaultTest {
  @Test
  void fault_isThrownWithItsTypeAndFields() {
    SoapFault fault =
        fault(
            "<faultcode>ServerFaultCode</faultcode><faultstring>gone </faultstring><detail>"
                + "<ManagedObjectNotFoundFault xmlns='urn:vim25' xsi:type='ManagedObjectNotFound'>"
                + "<obj type='VirtualMachine'>vm-1</obj></ManagedObjectNotFoundFault></detail>");
    assertThat(fault.typeName()).isEqualTo("ManagedObjectNotFound");
    assertThat(fault.text()).isEqualTo("gone");
    assertThat(fault).hasMessage("ManagedObjectNotFound: gone");
    assertThat(fault.fault())
        .containsInstanceOf(ManagedObjectNotFound.class)
        .get()
        .extracting(found -> ((ManagedObjectNotFound) found).obj.val)
        .isEqualTo("vm-1");
  }

  @Test
  void faultOfAnUnknownType_keepsItsName() {
    SoapFault fault =
        fault(
            "<faultcode>c</faultcode><faultstring/><detail>"
                + "<TooNewFault xsi:type='vim25:TooNew'><a/></TooNewFault></detail>");
    assertThat(fault.typeName()).isEqualTo("TooNew");
    assertThat(fault.fault()).isEmpty();
    assertThat(fault).hasMessage("TooNew");
  }

  @Test
  void faultOfAnUnknownType_isTheOneThatItsElementIsNamedAfter() {
    SoapFault fault =
        fault("<detail><InvalidLoginFault xsi:type='InvalidLoginOfTomorrow'/></detail>");
    assertThat(fault.typeName()).isEqualTo("InvalidLoginOfTomorrow");
    assertThat(fault.fault()).containsInstanceOf(InvalidLogin.class);
  }

  @Test
  void faultWithoutType_isTheOneThatItsElementIsNamedAfter() {
    SoapFault fault = fault("<detail><InvalidLoginFault/><Second/></detail>");
    assertThat(fault.typeName()).isEqualTo("InvalidLogin");
    assertThat(fault.fault()).containsInstanceOf(InvalidLogin.class);
  }

  @Test
  void detailThatIsNoFault_isNone() {
    SoapFault fault = fault("<detail><OptionValue><key>k</key></OptionValue></detail>");
    assertThat(fault.typeName()).isEqualTo("OptionValue");
    assertThat(fault.fault()).isEmpty();
  }

  @Test
  void faultWithoutDetail_isNamedByItsCode() {
    SoapFault fault =
        fault("<faultcode>soapenv:Client</faultcode><faultstring>no such method</faultstring>");
    assertThat(fault.typeName()).isEqualTo("soapenv:Client");
    assertThat(fault.fault()).isEmpty();
    assertThat(fault).hasMessageContaining("no such method");
  }

  @Test
  void responseWithFaultInItsName_isNone() throws Exception {
    byte[] answer =
        Answers.enveloped(
            "<QueryFaultToleranceResponse xmlns='urn:vim25'><returnval>1</returnval>"
                + "</QueryFaultToleranceResponse>");
    assertThat(Answers.read("int", answer)).isEqualTo(1);
    byte[] named = Answers.enveloped("<Fault xmlns='urn:vim25'><returnval>1</returnval></Fault>");
    assertThat(Answers.read("int", named)).isEqualTo(1);
  }

  @Test
  void errorOfATask_isTyped() throws Exception {
    TaskInfo task =
        task(
            "<error><fault xsi:type='InvalidPowerState'><faultCause><fault xsi:type='FileNotFound'>"
                + "<file>[ds] a</file></fault><localizedMessage>no file</localizedMessage>"
                + "</faultCause><existingState>poweredOff</existingState></fault>"
                + "<localizedMessage>wrong state</localizedMessage></error>");
    SoapFault fault = SoapFault.of(task.error);
    assertThat(fault).hasMessage("InvalidPowerState: wrong state");
    InvalidPowerState state = (InvalidPowerState) fault.fault().orElseThrow();
    assertThat(state.existingState).isEqualTo(VirtualMachinePowerState.poweredOff);
    assertThat(((FileNotFound) state.faultCause.fault).file).isEqualTo("[ds] a");
    assertThat(state.faultCause.localizedMessage).isEqualTo("no file");
  }

  @Test
  void errorOfATask_ofAnUnknownTypeKeepsItsName() throws Exception {
    TaskInfo task =
        task(
            "<error><fault xsi:type='TooNew'><news>1</news><faultMessage><key>k</key>"
                + "</faultMessage></fault><localizedMessage>new</localizedMessage></error>");
    assertThat(task.error.fault)
        .isInstanceOfSatisfying(
            UnknownFault.class,
            unknown -> {
              assertThat(unknown.typeName()).isEqualTo("TooNew");
              assertThat(unknown.faultMessage[0].key).isEqualTo("k");
              assertThat(unknown).hasMessage("TooNew");
            });
    SoapFault fault = SoapFault.of(task.error);
    assertThat(fault.typeName()).isEqualTo("TooNew");
    assertThat(fault.text()).isEqualTo("new");
    assertThat(fault.fault()).isEmpty();
  }

  @Test
  void errorOfATask_withoutAnythingIsAFaultStill() {
    SoapFault fault = SoapFault.of(new LocalizedMethodFault());
    assertThat(fault.typeName()).isEqualTo("MethodFault");
    assertThat(fault.text()).isEmpty();
  }

  private static TaskInfo task(String fields) throws Exception {
    return (TaskInfo) Answers.read("TaskInfo", "<returnval>" + fields + "</returnval>");
  }

  private static SoapFault fault(String content) {
    return catchThrowableOfType(
        SoapFault.class,
        () ->
            Answers.read(
                "int", Answers.enveloped("<soapenv:Fault>" + content + "</soapenv:Fault>")));
  }
}

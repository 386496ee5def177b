package io.vic4j.core.vsphere.soap;

import static io.vic4j.core.vsphere.soap.Answers.read;
import static io.vic4j.core.vsphere.soap.Answers.readAny;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.vmware.vim25.GuestRegValueBinarySpec;
import com.vmware.vim25.InvalidProperty;
import com.vmware.vim25.ManagedEntityStatus;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.ObjectContent;
import com.vmware.vim25.OptionValue;
import com.vmware.vim25.ParaVirtualSCSIController;
import com.vmware.vim25.RetrieveResult;
import com.vmware.vim25.ServiceContent;
import com.vmware.vim25.SessionManagerLocalTicket;
import com.vmware.vim25.VirtualDevice;
import com.vmware.vim25.VirtualDisk;
import com.vmware.vim25.VirtualDiskFlatVer2BackingInfo;
import com.vmware.vim25.VirtualHardware;
import com.vmware.vim25.VirtualMachineConfigInfo;
import com.vmware.vim25.VirtualMachinePowerState;
import com.vmware.vim25.VirtualPCIController;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Calendar;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SoapReaderTest {
  @Test
  void vmOfTheSimulator_isRead() throws Exception {
    RetrieveResult result = (RetrieveResult) read("RetrieveResult", Answers.oneVm());
    assertThat(result.token).isNull();
    ObjectContent vm = result.objects[0];
    assertThat(vm.obj).isEqualTo(reference("VirtualMachine", "vm-45"));
    Map<String, Object> values = new HashMap<>();
    Arrays.stream(vm.propSet).forEach(property -> values.put(property.name, property.val));
    assertThat(values)
        .containsEntry("name", "DC0_C0_RP0_VM0")
        .containsEntry("parent", reference("Folder", "folder-3"))
        .containsEntry("runtime.powerState", VirtualMachinePowerState.poweredOn);
    assertThat((int[]) values.get("effectiveRole")).containsExactly(-1);
    assertThat((String[]) values.get("disabledMethod")).isEmpty();
    assertThat(((Calendar) values.get("config.modified")).toInstant())
        .isEqualTo(Instant.parse("2026-11-25T15:49:27.314Z"));
    assertThat((OptionValue[]) values.get("config.extraConfig"))
        .singleElement()
        .extracting(option -> option.key, option -> option.value)
        .containsExactly("govcsim", "TRUE");
    VirtualHardware hardware = (VirtualHardware) values.get("config.hardware");
    assertThat(hardware.device).hasSize(13);
    assertThat(((VirtualPCIController) hardware.device[3]).device).containsExactly(500, 12000);
    assertThat(hardware.device[9]).isInstanceOf(ParaVirtualSCSIController.class);
    VirtualDisk disk = (VirtualDisk) hardware.device[11];
    assertThat(disk.capacityInKB).isEqualTo(1024);
    VirtualDiskFlatVer2BackingInfo backing = (VirtualDiskFlatVer2BackingInfo) disk.backing;
    assertThat(backing.fileName).isEqualTo("[LocalDS_0] DC0_C0_RP0_VM0/disk1.vmdk");
    assertThat(backing.datastore).isEqualTo(reference("Datastore", "datastore-52"));
    assertThat(backing.thinProvisioned).isTrue();
    assertThat(backing.split).isFalse();
    assertThat(vm.missingSet[0].path).isEqualTo("nosuch");
    assertThat(vm.missingSet[0].fault.fault)
        .isInstanceOfSatisfying(
            InvalidProperty.class, fault -> assertThat(fault.name).isEqualTo("nosuch"));
  }

  @Test
  void serverNewerThanYavijava_isReadAsFarAsYavijavaGoes() throws Exception {
    ServiceContent content = (ServiceContent) read("ServiceContent", Answers.serviceContent());
    assertThat(content.about.apiVersion).isEqualTo("6.5");
    assertThat(content.rootFolder).isEqualTo(reference("Folder", "group-d1"));
    assertThat(content.clusterProfileManager.val).isEqualTo("ClusterProfileManager");
  }

  @Test
  void unknownField_isSkippedWithAllThatIsInIt() throws Exception {
    OptionValue option =
        (OptionValue)
            read(
                "OptionValue",
                "<returnval><new a='1'><key>wrong</key><new/>text</new><key>k</key><new/>"
                    + "<value xsi:type='xsd:int'>7</value></returnval>");
    assertThat(option.key).isEqualTo("k");
    assertThat(option.value).isEqualTo(7);
  }

  @Test
  void unknownSubclass_isReadAsTheDeclaredClass() throws Exception {
    VirtualHardware hardware =
        (VirtualHardware)
            read(
                "VirtualHardware",
                "<returnval><device xsi:type='VirtualNVMEController'><key>31000</key>"
                    + "<busNumber>0</busNumber><controllerKey>100</controllerKey></device>"
                    + "</returnval>");
    assertThat(hardware.device).singleElement().isExactlyInstanceOf(VirtualDevice.class);
    assertThat(hardware.device[0].key).isEqualTo(31000);
    assertThat(hardware.device[0].controllerKey).isEqualTo(100);
  }

  @Test
  void classThatDoesNotFitTheField_isReadAsTheDeclaredClass() throws Exception {
    VirtualDevice device =
        (VirtualDevice)
            read(
                "VirtualDevice",
                "<returnval xsi:type='ManagedObjectReference' type='X'><key>1</key></returnval>");
    assertThat(device.key).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "NoSuchType",
        "ArrayOfNoSuchType",
        "ArrayOf",
        "VimPortType",
        "ws.Argument",
        "java.lang.Runtime",
        "",
        "[I"
      })
  void unknownType_whereAnythingMayStand_isNull(String type) throws Exception {
    assertThat(readAny("xsi:type='" + type + "'", "<x>1</x>")).isNull();
  }

  @Test
  void unknownWord_isNull() throws Exception {
    ParaVirtualSCSIController controller =
        (ParaVirtualSCSIController)
            read(
                "ParaVirtualSCSIController",
                "<returnval><key>7</key><sharedBus>someSharing</sharedBus></returnval>");
    assertThat(controller.sharedBus).isNull();
    assertThat(controller.key).isEqualTo(7);
    assertThat(readAny("xsi:type='VirtualMachinePowerState'", "melted")).isNull();
  }

  @Test
  void unknownWordInAnArray_isLeftOut() throws Exception {
    Object states =
        readAny(
            "xsi:type='ArrayOfManagedEntityStatus'",
            "<ManagedEntityStatus>green</ManagedEntityStatus>"
                + "<ManagedEntityStatus>blue</ManagedEntityStatus>"
                + "<ManagedEntityStatus>red</ManagedEntityStatus>");
    assertThat((ManagedEntityStatus[]) states)
        .containsExactly(ManagedEntityStatus.green, ManagedEntityStatus.red);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "type='Folder' xsi:type='ManagedObjectReference'",
        "xsi:type='ManagedObjectReference' type='Folder'",
        "xsi:type='vim25:ManagedObjectReference' type='Folder' xmlns:vim25='urn:vim25'",
        "xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:type='ManagedObjectReference'"
            + " type='Folder'",
      })
  void reference_hasItsOwnType(String attributes) throws Exception {
    assertThat(readAny(attributes, "group-v3")).isEqualTo(reference("Folder", "group-v3"));
  }

  @Test
  void referenceInAField_mayHaveBothTypes() throws Exception {
    ObjectContent content =
        (ObjectContent)
            read(
                "ObjectContent",
                "<returnval><obj xsi:type='ManagedObjectReference' type='VirtualMachine'>vm-1</obj>"
                    + "</returnval>");
    assertThat(content.obj).isEqualTo(reference("VirtualMachine", "vm-1"));
  }

  @Test
  void referenceWithoutType_isRefused() {
    assertThatThrownBy(() -> read("ManagedObjectReference", "<returnval>vm-1</returnval>"))
        .isInstanceOf(MalformedAnswerException.class)
        .hasMessageContaining("<returnval>");
  }

  @Test
  void prefixes_areResolvedByNamespace() throws Exception {
    assertThat(readAny("xmlns:s='http://www.w3.org/2001/XMLSchema' xsi:type='s:long'", "5"))
        .isEqualTo(5L);
    assertThat(
            readAny(
                "xmlns:xsd='urn:vim25' xsi:type='xsd:OptionValue'",
                "<key>xsd means another namespace here</key>"))
        .isInstanceOf(OptionValue.class);
  }

  @ParameterizedTest
  @CsvSource({
    "xsd:string, ' a ', ' a '",
    "xsd:anyURI, urn:x, urn:x",
    "xsd:token, x, x",
    "xsd:anyType, x, x",
  })
  void strings_areKeptAsTheyAre(String type, String text, String expected) throws Exception {
    assertThat(readAny("xsi:type='" + type + "'", text)).isEqualTo(expected);
  }

  @Test
  void simpleTypes_areRead() throws Exception {
    assertThat(readAny("xsi:type='xsd:boolean'", "true")).isEqualTo(true);
    assertThat(readAny("xsi:type='xsd:boolean'", "1")).isEqualTo(true);
    assertThat(readAny("xsi:type='xsd:boolean'", " false\n")).isEqualTo(false);
    assertThat(readAny("xsi:type='xsd:boolean'", "0")).isEqualTo(false);
    assertThat(readAny("xsi:type='xsd:byte'", "-128")).isEqualTo((byte) -128);
    assertThat(readAny("xsi:type='xsd:short'", "+32767")).isEqualTo((short) 32767);
    assertThat(readAny("xsi:type='xsd:int'", " 42 ")).isEqualTo(42);
    assertThat(readAny("xsi:type='xsd:long'", "-9223372036854775808")).isEqualTo(Long.MIN_VALUE);
    assertThat(readAny("xsi:type='xsd:float'", "1.5e3")).isEqualTo(1500f);
    assertThat(readAny("xsi:type='xsd:double'", "-INF")).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(readAny("xsi:type='xsd:double'", "NaN")).isEqualTo(Double.NaN);
    assertThat((byte[]) readAny("xsi:type='xsd:base64Binary'", "AAEC\n/w=="))
        .containsExactly(0, 1, 2, -1);
    assertThat(((Calendar) readAny("xsi:type='xsd:dateTime'", "2024-02-29T12:00:00+02:00")))
        .satisfies(
            time -> {
              assertThat(time.toInstant()).isEqualTo(Instant.parse("2024-02-29T10:00:00Z"));
              assertThat(time.getTimeZone().getRawOffset()).isEqualTo(2 * 3600 * 1000);
            });
  }

  @ParameterizedTest
  @CsvSource({
    "xsd:int, 2147483648",
    "xsd:int, ''",
    "xsd:int, 1.0",
    "xsd:int, ' '",
    "xsd:int, -",
    "xsd:int, 1 2",
    "xsd:long, 9223372036854775808",
    "xsd:long, -9223372036854775809",
    "xsd:byte, 128",
    "xsd:boolean, yes",
    "xsd:double, Infinity5",
    "xsd:dateTime, yesterday",
    "xsd:base64Binary, A",
  })
  void valueThatIsNone_isRefusedByName(String type, String text) {
    assertThatThrownBy(() -> readAny("xsi:type='" + type + "'", text))
        .isInstanceOf(MalformedAnswerException.class)
        .hasMessageContaining("<val>")
        .hasMessageContaining('"' + text + '"');
  }

  @Test
  void valueWithoutType_isAStringOrNothing() throws Exception {
    assertThat(readAny("", "plain")).isEqualTo("plain");
    assertThat(readAny("", "")).isEqualTo("");
    assertThat(readAny("", "a<b/>c")).isNull();
    assertThat(readAny("xsi:nil='true'", "")).isNull();
  }

  @Test
  void arrays_areTheirElements() throws Exception {
    assertThat((String[]) readAny("xsi:type='ArrayOfString'", "<string>a</string><string/>"))
        .containsExactly("a", "");
    assertThat((long[]) readAny("xsi:type='ArrayOfLong'", "<long>1</long><long>2</long>"))
        .containsExactly(1, 2);
    assertThat((boolean[]) readAny("xsi:type='ArrayOfBoolean'", "<boolean>1</boolean>"))
        .containsExactly(true);
    assertThat((short[]) readAny("xsi:type='ArrayOfShort'", "")).isEmpty();
    assertThat((byte[]) readAny("xsi:type='ArrayOfByte'", "<byte>-1</byte><byte>7</byte>"))
        .containsExactly(-1, 7);
    assertThat((byte[]) readAny("xsi:type='ArrayOfByte'", "<byte>/wc=</byte>"))
        .containsExactly(-1, 7);
    assertThat((byte[][]) readAny("xsi:type='ArrayOfBase64Binary'", "<b>/wc=</b><b/>"))
        .isDeepEqualTo(new byte[][] {{-1, 7}, {}});
    assertThat(
            (Object[])
                readAny(
                    "xsi:type='ArrayOfAnyType'",
                    "<anyType xsi:type='xsd:int'>1</anyType>"
                        + "<anyType xsi:type='NoSuchType'>1</anyType>"
                        + "<anyType xsi:type='xsd:string'>x</anyType>"))
        .containsExactly(1, "x");
    assertThat(
            (ManagedObjectReference[])
                readAny(
                    "xsi:type='ArrayOfManagedObjectReference'",
                    "<ManagedObjectReference type='Task'>t-1</ManagedObjectReference>"))
        .containsExactly(reference("Task", "t-1"));
  }

  @Test
  void arrayWhoseElementsOnlyYavijavaKnows_isRead() throws Exception {
    assertThatThrownBy(() -> Class.forName("com.vmware.vim25.ArrayOfSessionManagerLocalTicket"))
        .isInstanceOf(ClassNotFoundException.class);
    assertThat(
            readAny(
                "xsi:type='ArrayOfSessionManagerLocalTicket'",
                "<SessionManagerLocalTicket><userName>u</userName></SessionManagerLocalTicket>"))
        .isInstanceOf(SessionManagerLocalTicket[].class);
  }

  @Test
  void elementsOfAnArray_needNotStandTogether() throws Exception {
    VirtualPCIController controller =
        (VirtualPCIController)
            read(
                "VirtualPCIController",
                "<returnval><device>1</device><device>2</device><busNumber>5</busNumber>"
                    + "<device>3</device></returnval>");
    assertThat(controller.device).containsExactly(1, 2, 3);
    assertThat(controller.busNumber).isEqualTo(5);
  }

  @Test
  void bytesOfAField_comeOneByOneOrInBase64() throws Exception {
    String one = "<value>1</value><value>-2</value><value>127</value>";
    assertThat(((GuestRegValueBinarySpec) read("GuestRegValueBinarySpec", object(one))).value)
        .containsExactly(1, -2, 127);
    String several = "<value>MTI3</value>";
    assertThat(((GuestRegValueBinarySpec) read("GuestRegValueBinarySpec", object(several))).value)
        .containsExactly('1', '2', '7');
    VirtualMachineConfigInfo config =
        (VirtualMachineConfigInfo)
            read(
                "VirtualMachineConfigInfo",
                object(
                    "<vmxConfigChecksum>1234</vmxConfigChecksum><npivNodeWorldWideName>9"
                        + "</npivNodeWorldWideName>"));
    assertThat(config.vmxConfigChecksum).containsExactly(0xd7, 0x6d, 0xf8);
    assertThat(config.npivNodeWorldWideName).containsExactly(9);
  }

  @Test
  void returnTypes_ofAllKindsAreRead() throws Exception {
    assertThat(read("boolean", "<returnval>true</returnval>")).isEqualTo(true);
    assertThat(read("int", "<returnval>3</returnval>")).isEqualTo(3);
    assertThat(read("long", "<returnval>3</returnval>")).isEqualTo(3L);
    assertThat(read("String", "<returnval>s</returnval>")).isEqualTo("s");
    assertThat(read("String", "")).isNull();
    assertThat((String[]) read("String[]", "<returnval>a</returnval><returnval>b</returnval>"))
        .containsExactly("a", "b");
    assertThat((int[]) read("int[]", "<returnval>1</returnval><returnval>2</returnval>"))
        .containsExactly(1, 2);
    assertThat((boolean[]) read("boolean[]", "<returnval>1</returnval>")).containsExactly(true);
    assertThat((ObjectContent[]) read("ObjectContent[]", "")).isEmpty();
    assertThat(read("Calendar", "<returnval>2024-01-01T00:00:00Z</returnval>"))
        .isInstanceOf(Calendar.class);
    assertThat(read("VirtualMachinePowerState", "<returnval>suspended</returnval>"))
        .isEqualTo(VirtualMachinePowerState.suspended);
    assertThat(read(null, "<returnval>ignored</returnval>")).isNull();
    // A slip in yavijava's stub.
    assertThat(read("Sring", "<returnval>s</returnval>")).isEqualTo("s");
  }

  @Test
  void primitiveThatWasNotReturned_isRefused() {
    assertThatIOException()
        .isThrownBy(() -> read("boolean", ""))
        .withMessageContaining("no boolean");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "503 Service Unavailable",
        "<html><body>busy</body></html>",
        "<Envelope/>",
        "<Envelope><Header/></Envelope>",
        "<Envelope><Body/></Envelope>",
        "<Envelope><Body></Body></Envelope>",
      })
  void answerThatIsNoSoap_isRefused(String answer) {
    assertThatThrownBy(() -> read(null, answer.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(MalformedAnswerException.class);
  }

  @Test
  void header_isSkipped() throws Exception {
    byte[] answer =
        ("<e:Envelope xmlns:e='urn:e'><e:Header><Body>no</Body></e:Header><e:Body>"
                + "<R><returnval>7</returnval></R></e:Body></e:Envelope>")
            .getBytes(StandardCharsets.UTF_8);
    assertThat(read("int", answer)).isEqualTo(7);
  }

  private static String object(String fields) {
    return "<returnval>" + fields + "</returnval>";
  }

  private static ManagedObjectReference reference(String type, String value) {
    ManagedObjectReference reference = new ManagedObjectReference();
    reference.type = type;
    reference.val = value;
    return reference;
  }
}

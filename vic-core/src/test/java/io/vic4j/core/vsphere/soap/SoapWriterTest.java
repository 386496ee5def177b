package io.vic4j.core.vsphere.soap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.vmware.vim25.InvalidState;
import com.vmware.vim25.LocalizedMethodFault;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.ObjectSpec;
import com.vmware.vim25.OptionValue;
import com.vmware.vim25.PropertyFilterSpec;
import com.vmware.vim25.PropertySpec;
import com.vmware.vim25.SelectionSpec;
import com.vmware.vim25.TraversalSpec;
import com.vmware.vim25.VirtualDeviceConfigSpec;
import com.vmware.vim25.VirtualDeviceConfigSpecOperation;
import com.vmware.vim25.VirtualDisk;
import com.vmware.vim25.VirtualMachineConfigSpec;
import com.vmware.vim25.VirtualMachinePowerState;
import com.vmware.vim25.ws.Argument;
import io.vic4j.core.InvalidArgumentException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.GregorianCalendar;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SoapWriterTest {
  @Test
  void call_standsInAnEnvelope() {
    assertThat(
            request("PowerOnVM_Task", new Argument("_this", "ManagedObjectReference", vm("vm-1"))))
        .isEqualTo(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                + "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\""
                + " xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\""
                + " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body>"
                + "<PowerOnVM_Task xmlns=\"urn:vim25\">"
                + "<_this type=\"VirtualMachine\">vm-1</_this>"
                + "</PowerOnVM_Task></soapenv:Body></soapenv:Envelope>");
  }

  @Test
  void arguments_ofAllKindsAreWritten() {
    assertThat(argument("String", "a<b")).isEqualTo("<a>a&lt;b</a>");
    assertThat(argument("String", null)).isEmpty();
    assertThat(argument("String[]", new String[] {"x", ""})).isEqualTo("<a>x</a><a></a>");
    assertThat(argument("String[]", new String[0])).isEmpty();
    assertThat(argument("int", 5)).isEqualTo("<a>5</a>");
    assertThat(argument("int[]", new int[] {1, 2})).isEqualTo("<a>1</a><a>2</a>");
    assertThat(argument("boolean", true)).isEqualTo("<a>true</a>");
    assertThat(argument("Boolean", false)).isEqualTo("<a>false</a>");
    assertThat(argument("long", 1L << 40)).isEqualTo("<a>1099511627776</a>");
    assertThat(argument("Calendar", time("2024-02-29T12:00:00.050Z")))
        .isEqualTo("<a>2024-02-29T12:00:00.050Z</a>");
    assertThat(argument("VirtualMachinePowerState", VirtualMachinePowerState.poweredOn))
        .isEqualTo("<a>poweredOn</a>");
    assertThat(
            argument("ManagedObjectReference[]", new ManagedObjectReference[] {vm("1"), vm("2")}))
        .isEqualTo("<a type=\"VirtualMachine\">1</a><a type=\"VirtualMachine\">2</a>");
    // A slip in yavijava's stub.
    assertThat(argument("ManagedObjectreference", vm("1")))
        .isEqualTo("<a xsi:type=\"ManagedObjectReference\" type=\"VirtualMachine\">1</a>");
  }

  @Test
  void values_whereAnythingMayStand_sayTheirType() {
    assertThat(option("x")).isEqualTo("<value xsi:type=\"xsd:string\">x</value>");
    assertThat(option(true)).isEqualTo("<value xsi:type=\"xsd:boolean\">true</value>");
    assertThat(option((byte) 1)).isEqualTo("<value xsi:type=\"xsd:byte\">1</value>");
    assertThat(option((short) 1)).isEqualTo("<value xsi:type=\"xsd:short\">1</value>");
    assertThat(option(1)).isEqualTo("<value xsi:type=\"xsd:int\">1</value>");
    assertThat(option(1L)).isEqualTo("<value xsi:type=\"xsd:long\">1</value>");
    assertThat(option(1.5f)).isEqualTo("<value xsi:type=\"xsd:float\">1.5</value>");
    assertThat(option(Double.NEGATIVE_INFINITY))
        .isEqualTo("<value xsi:type=\"xsd:double\">-INF</value>");
    assertThat(option(time("2024-01-01T00:00:00Z")))
        .isEqualTo("<value xsi:type=\"xsd:dateTime\">2024-01-01T00:00:00Z</value>");
    assertThat(option(new byte[] {-1, 7}))
        .isEqualTo("<value xsi:type=\"xsd:base64Binary\">/wc=</value>");
    assertThat(option(vm("vm-1")))
        .isEqualTo(
            "<value xsi:type=\"ManagedObjectReference\" type=\"VirtualMachine\">vm-1</value>");
    assertThat(option(VirtualMachinePowerState.suspended))
        .isEqualTo("<value xsi:type=\"VirtualMachinePowerState\">suspended</value>");
    assertThat(option(new String[] {"a", "b"}))
        .isEqualTo(
            "<value xsi:type=\"ArrayOfString\"><string>a</string><string>b</string></value>");
    assertThat(option(new int[] {3}))
        .isEqualTo("<value xsi:type=\"ArrayOfInt\"><int>3</int></value>");
    assertThat(option(new Object[] {3}))
        .isEqualTo(
            "<value xsi:type=\"ArrayOfAnyType\"><anyType xsi:type=\"xsd:int\">3</anyType></value>");
    assertThat(option(new OptionValue[] {new OptionValue()}))
        .isEqualTo("<value xsi:type=\"ArrayOfOptionValue\"><OptionValue></OptionValue></value>");
  }

  @Test
  void subclasses_sayTheirType_andFieldsStandInTheOrderOfTheSchema() {
    TraversalSpec traversal = new TraversalSpec();
    traversal.selectSet = new SelectionSpec[] {new SelectionSpec()};
    traversal.selectSet[0].name = "again";
    traversal.skip = false;
    traversal.path = "view";
    traversal.type = "ContainerView";
    traversal.name = "all";
    ObjectSpec object = new ObjectSpec();
    object.selectSet = new SelectionSpec[] {traversal};
    object.skip = true;
    object.obj = vm("vm-1");
    PropertySpec property = new PropertySpec();
    property.pathSet = new String[] {"name", "runtime.powerState"};
    property.type = "VirtualMachine";
    PropertyFilterSpec filter = new PropertyFilterSpec();
    filter.objectSet = new ObjectSpec[] {object};
    filter.propSet = new PropertySpec[] {property};
    assertThat(argument("PropertyFilterSpec[]", new PropertyFilterSpec[] {filter}))
        .isEqualTo(
            "<a><propSet><type>VirtualMachine</type><pathSet>name</pathSet>"
                + "<pathSet>runtime.powerState</pathSet></propSet>"
                + "<objectSet><obj type=\"VirtualMachine\">vm-1</obj><skip>true</skip>"
                + "<selectSet xsi:type=\"TraversalSpec\"><name>all</name>"
                + "<type>ContainerView</type><path>view</path><skip>false</skip>"
                + "<selectSet><name>again</name></selectSet></selectSet></objectSet></a>");
  }

  @Test
  void device_isWrittenWithTheFieldsOfItsSuperclassFirst() {
    VirtualDisk disk = new VirtualDisk();
    disk.capacityInKB = 4;
    disk.key = -1;
    disk.unitNumber = 2;
    disk.controllerKey = 1000;
    VirtualDeviceConfigSpec change = new VirtualDeviceConfigSpec();
    change.device = disk;
    change.operation = VirtualDeviceConfigSpecOperation.add;
    assertThat(argument("VirtualDeviceConfigSpec", change))
        .isEqualTo(
            "<a><operation>add</operation><device xsi:type=\"VirtualDisk\"><key>-1</key>"
                + "<controllerKey>1000</controllerKey><unitNumber>2</unitNumber>"
                + "<capacityInKB>4</capacityInKB></device></a>");
  }

  @Test
  void primitivesThatMayBeLeftOut_areWrittenOnlyIfSet() {
    VirtualMachineConfigSpec spec = new VirtualMachineConfigSpec();
    spec.npivDesiredPortWwns = 2;
    assertThat(argument("VirtualMachineConfigSpec", spec))
        .isEqualTo("<a><npivDesiredPortWwns>2</npivDesiredPortWwns></a>");
  }

  @Test
  void fault_saysItsType_alsoTheUnknown() {
    LocalizedMethodFault fault = new LocalizedMethodFault();
    fault.fault = new InvalidState();
    assertThat(argument("LocalizedMethodFault", fault))
        .isEqualTo("<a><fault xsi:type=\"InvalidState\"></fault></a>");
    fault.fault = new UnknownFault("TooNew");
    assertThat(argument("LocalizedMethodFault", fault))
        .isEqualTo("<a><fault xsi:type=\"TooNew\"></fault></a>");
  }

  @Test
  void markupAndSpace_areEscaped() {
    assertThat(argument("String", "&<>\"'\t\r\n]]>"))
        .isEqualTo("<a>&amp;&lt;&gt;&quot;'&#9;&#13;&#10;]]&gt;</a>");
    ManagedObjectReference reference = vm("a&b");
    reference.type = "<\"'\n>";
    assertThat(argument("ManagedObjectReference", reference))
        .isEqualTo("<a type=\"&lt;&quot;'&#10;&gt;\">a&amp;b</a>");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u0000",
        "\u0008",
        "\u001b",
        "\ud800",
        "\udc00",
        "\ud800x",
        "\udc00\ud800",
        "\ufffe",
        "\uffff"
      })
  void characterThatXmlCannotCarry_isRefusedWithItsPlace(String text) {
    VirtualMachineConfigSpec spec = new VirtualMachineConfigSpec();
    spec.extraConfig = new OptionValue[] {new OptionValue(), new OptionValue()};
    spec.extraConfig[1].key = "k";
    spec.extraConfig[1].value = "ab" + text;
    assertThatThrownBy(
            () ->
                request("ReconfigVM_Task", new Argument("spec", "VirtualMachineConfigSpec", spec)))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("ReconfigVM_Task.spec.extraConfig[1].value ")
        .hasMessageContaining(String.format(Locale.ROOT, "U+%04X", (int) text.charAt(0)))
        .hasMessageContaining("index 2");
  }

  @Test
  void valueThatVsphereDoesNotHave_isRefused() {
    assertThatThrownBy(() -> option(Instant.EPOCH))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("M.a.value ")
        .hasMessageContaining("java.time.Instant");
    assertThatThrownBy(() -> argument("ManagedObjectReference", new ManagedObjectReference()))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("M.a ")
        .hasMessageContaining("without type");
    assertThatThrownBy(() -> argument("String[]", new String[] {"a", null}))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("M.a[1] ");
  }

  @Test
  void objectThatHoldsItself_isRefused() {
    OptionValue option = new OptionValue();
    option.value = option;
    assertThatThrownBy(() -> argument("OptionValue", option))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("itself");
  }

  private static String option(Object value) {
    OptionValue option = new OptionValue();
    option.value = value;
    String xml = argument("OptionValue", option);
    return xml.substring("<a>".length(), xml.length() - "</a>".length());
  }

  private static String argument(String type, Object value) {
    String xml = request("M", new Argument("a", type, value));
    String begin = "<M xmlns=\"urn:vim25\">";
    return xml.substring(xml.indexOf(begin) + begin.length(), xml.indexOf("</M>"));
  }

  private static String request(String method, Argument... arguments) {
    return new String(SoapWriter.request(method, arguments), StandardCharsets.UTF_8);
  }

  private static ManagedObjectReference vm(String value) {
    ManagedObjectReference reference = new ManagedObjectReference();
    reference.type = "VirtualMachine";
    reference.val = value;
    return reference;
  }

  private static GregorianCalendar time(String instant) {
    return GregorianCalendar.from(Instant.parse(instant).atZone(ZoneOffset.UTC));
  }
}

package io.vic4j.core.vsphere.soap;

import static org.assertj.core.api.Assertions.assertThat;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.OptionValue;
import com.vmware.vim25.ParaVirtualSCSIController;
import com.vmware.vim25.VirtualDevice;
import com.vmware.vim25.VirtualDeviceConfigSpec;
import com.vmware.vim25.VirtualDeviceConfigSpecOperation;
import com.vmware.vim25.VirtualDisk;
import com.vmware.vim25.VirtualDiskFlatVer2BackingInfo;
import com.vmware.vim25.VirtualMachineConfigSpec;
import com.vmware.vim25.VirtualSCSISharing;
import com.vmware.vim25.ws.Argument;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Calendar;
import java.util.GregorianCalendar;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

/** What is written, and then read as if it had been returned, is the same. */
class SoapRoundTripTest {
  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> any =
        Arbitraries.strings()
            .all()
            .filter(text -> text.codePoints().allMatch(SoapRoundTripTest::isChar));
    Arbitrary<String> markup =
        Arbitraries.strings().withChars("<>&\"'\r\n\t ]ax;#0\u0085\u2028é\ufffd");
    return Arbitraries.oneOf(any, markup);
  }

  /** XML 1.0, section 2.2. */
  private static boolean isChar(int codePoint) {
    return codePoint < 0x20
        ? codePoint == '\t' || codePoint == '\n' || codePoint == '\r'
        : codePoint <= 0xd7ff
            || (codePoint >= 0xe000 && codePoint <= 0xfffd)
            || codePoint >= 0x10000;
  }

  @Property
  void text_comesBack(@ForAll("texts") String text) throws Exception {
    assertThat(back("String", text)).isEqualTo(text);
    assertThat(anyBack(text)).isEqualTo(text);
    ManagedObjectReference reference = new ManagedObjectReference();
    reference.type = text;
    reference.val = text;
    assertThat(back("ManagedObjectReference", reference)).isEqualTo(reference);
  }

  @Property
  void texts_comeBack(@ForAll("texts") String first, @ForAll("texts") String second)
      throws Exception {
    String[] texts = {first, second};
    assertThat((String[]) back("String[]", texts)).containsExactly(texts);
    assertThat((String[]) anyBack(texts)).containsExactly(texts);
  }

  @Property
  void numbers_comeBack(
      @ForAll boolean flag,
      @ForAll byte eight,
      @ForAll short sixteen,
      @ForAll int thirtyTwo,
      @ForAll long sixtyFour,
      @ForAll float single,
      @ForAll double twice)
      throws Exception {
    for (Object value : new Object[] {flag, eight, sixteen, thirtyTwo, sixtyFour, single, twice}) {
      assertThat(anyBack(value)).isEqualTo(value);
    }
  }

  @Property
  void bytes_comeBack(@ForAll byte[] bytes, @ForAll long[] longs) throws Exception {
    assertThat((byte[]) anyBack(bytes)).containsExactly(bytes);
    assertThat((byte[]) back("byte[]", bytes)).containsExactly(bytes);
    assertThat((long[]) back("long[]", longs)).containsExactly(longs);
    assertThat((long[]) anyBack(longs)).containsExactly(longs);
  }

  @Property
  void times_comeBackToTheMillisecond(
      @ForAll @LongRange(min = -90_000_000_000_000L, max = 400_000_000_000_000L) long millis,
      @ForAll @IntRange(min = -14 * 60, max = 14 * 60) int offsetMinutes)
      throws Exception {
    GregorianCalendar time =
        GregorianCalendar.from(
            Instant.ofEpochMilli(millis).atZone(ZoneOffset.ofTotalSeconds(offsetMinutes * 60)));
    Calendar back = (Calendar) anyBack(time);
    assertThat(back.getTimeInMillis()).isEqualTo(millis);
    assertThat(back.getTimeZone().getRawOffset()).isEqualTo(offsetMinutes * 60_000);
  }

  @Test
  void spec_comesBack() throws Exception {
    VirtualDiskFlatVer2BackingInfo backing = new VirtualDiskFlatVer2BackingInfo();
    backing.fileName = "[ds 1] a & b/disk.vmdk";
    backing.diskMode = "persistent";
    backing.parent = new VirtualDiskFlatVer2BackingInfo();
    backing.parent.fileName = "[ds 1] layer.vmdk";
    VirtualDisk disk = new VirtualDisk();
    disk.key = -1;
    disk.controllerKey = 1000;
    disk.unitNumber = 0;
    disk.backing = backing;
    ParaVirtualSCSIController controller = new ParaVirtualSCSIController();
    controller.key = 1000;
    controller.device = new int[] {-1, -2};
    controller.sharedBus = VirtualSCSISharing.noSharing;
    VirtualMachineConfigSpec spec = new VirtualMachineConfigSpec();
    spec.name = "app-1";
    spec.memoryMB = 512L;
    spec.npivNodeWorldWideName = new long[] {Long.MAX_VALUE};
    spec.deviceChange = new VirtualDeviceConfigSpec[] {adding(controller), adding(disk)};
    OptionValue option = new OptionValue();
    option.key = "guestinfo.vic.config";
    option.value = "{\"id\": \"é\"}\n";
    spec.extraConfig = new OptionValue[] {option};
    assertThat(back("VirtualMachineConfigSpec", spec))
        .usingRecursiveComparison()
        .withStrictTypeChecking()
        .isEqualTo(spec);
  }

  private static VirtualDeviceConfigSpec adding(VirtualDevice device) {
    VirtualDeviceConfigSpec change = new VirtualDeviceConfigSpec();
    change.operation = VirtualDeviceConfigSpecOperation.add;
    change.device = device;
    return change;
  }

  private static Object anyBack(Object value) throws IOException {
    OptionValue option = new OptionValue();
    option.value = value;
    return ((OptionValue) back("OptionValue", option)).value;
  }

  private static Object back(String type, Object value) throws IOException {
    byte[] call =
        SoapWriter.request("CallResponse", new Argument[] {new Argument("returnval", type, value)});
    return SoapReader.answer(new ByteArrayInputStream(call), type);
  }
}

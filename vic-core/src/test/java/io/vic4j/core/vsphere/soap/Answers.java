package io.vic4j.core.vsphere.soap;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Answers of servers, for tests: captured from govmomi's simulator, or written by hand. */
final class Answers {
  static final String BEGIN =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
          + "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\""
          + " xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\""
          + " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body>";
  static final String END = "</soapenv:Body></soapenv:Envelope>";

  private Answers() {}

  /** The answer to RetrievePropertiesEx for one VM, and for one property that VMs do not have. */
  static byte[] oneVm() {
    return captured("one-vm.xml");
  }

  /** The answer to RetrieveServiceContent, with fields that yavijava does not have. */
  static byte[] serviceContent() {
    return captured("service-content.xml");
  }

  private static byte[] captured(String name) {
    try (InputStream in = Answers.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Something in an envelope. */
  static byte[] enveloped(String body) {
    return (BEGIN + body + END).getBytes(StandardCharsets.UTF_8);
  }

  /** Returned values in the answer to a call. */
  static byte[] returned(String values) {
    return enveloped("<CallResponse xmlns=\"urn:vim25\">" + values + "</CallResponse>");
  }

  /** What the reader makes of returned values. */
  static Object read(String returnType, String values) throws IOException {
    return read(returnType, returned(values));
  }

  /** What the reader makes of an answer. */
  static Object read(String returnType, byte[] answer) throws IOException {
    return SoapReader.answer(new ByteArrayInputStream(answer), returnType);
  }

  /** What the reader makes of a value with an {@code xsi:type} where anything may stand. */
  static Object readAny(String attributes, String content) throws IOException {
    String property = "<name>p</name><val " + attributes + ">" + content + "</val>";
    Object answer = read("DynamicProperty", "<returnval>" + property + "</returnval>");
    return ((com.vmware.vim25.DynamicProperty) answer).val;
  }
}

package io.vic4j.core.vsphere.soap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.fail;

import com.vmware.vim25.ObjectContent;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Answers that are long, cut off, slow, or of no good will. */
class SoapReaderStreamTest {
  private static final String OBJECTS_BEGIN =
      "<RetrievePropertiesExResponse xmlns=\"urn:vim25\"><returnval>";
  private static final String OBJECTS_END = "</returnval></RetrievePropertiesExResponse>";

  @Test
  void eachReturned_handsOverTheObjectsOfAPage_andTheToken() throws Exception {
    List<Object> objects = new ArrayList<>();
    byte[] page =
        Answers.enveloped(OBJECTS_BEGIN + "<token>7</token>" + vm(1) + vm(2) + OBJECTS_END);
    String token =
        SoapReader.eachReturned(new ByteArrayInputStream(page), "ObjectContent", objects::add);
    assertThat(token).isEqualTo("7");
    assertThat(objects)
        .extracting(object -> ((ObjectContent) object).obj.val)
        .containsExactly("vm-1", "vm-2");
  }

  @Test
  void eachReturned_handsOverTheValuesOfAList() throws Exception {
    List<Object> values = new ArrayList<>();
    byte[] list = Answers.returned("<returnval>1</returnval><x/><returnval>2</returnval>");
    String token = SoapReader.eachReturned(new ByteArrayInputStream(list), "int", values::add);
    assertThat(token).isNull();
    assertThat(values).containsExactly(1, 2);
  }

  @Test
  void eachReturned_handsOverValuesBeforeTheAnswerIsComplete() {
    List<Object> objects = new ArrayList<>();
    String cutOff = Answers.BEGIN + OBJECTS_BEGIN + vm(1) + vm(2) + "<objects><obj";
    assertThatIOException()
        .isThrownBy(() -> SoapReader.eachReturned(stream(cutOff), "ObjectContent", objects::add));
    assertThat(objects).hasSize(2);
  }

  @Test
  void eachReturned_readsAFault() {
    String fault = "<soapenv:Fault><faultcode>c</faultcode></soapenv:Fault>";
    assertThatThrownBy(
            () ->
                SoapReader.eachReturned(
                    new ByteArrayInputStream(Answers.enveloped(fault)), "int", value -> {}))
        .isInstanceOf(SoapFault.class);
  }

  @Test
  void eachReturned_keepsNothingOfALongAnswer() throws Exception {
    int wanted = 8_000;
    List<WeakReference<Object>> handed = new ArrayList<>();
    String vm = vm(1);
    // Not flatMap, whose iterator would hold them all.
    Stream<String> pieces =
        Stream.concat(
            Stream.concat(
                Stream.of(Answers.BEGIN + OBJECTS_BEGIN), Stream.generate(() -> vm).limit(wanted)),
            Stream.of(OBJECTS_END + Answers.END));
    try (InputStream in = joined(pieces.map(SoapReaderStreamTest::stream).iterator())) {
      SoapReader.eachReturned(
          in,
          "ObjectContent",
          object -> {
            handed.add(new WeakReference<>(object));
            if (handed.size() % 4000 == 0) {
              System.gc();
              long alive = handed.stream().filter(each -> each.get() != null).count();
              assertThat(alive).isLessThanOrEqualTo(1);
            }
          });
    }
    assertThat(handed).hasSize(wanted);
  }

  @Test
  void answerCutOffAnywhere_isRefused() {
    refusesEveryBeginning(Answers.oneVm());
    refusesEveryBeginning(Answers.serviceContent());
  }

  @Test
  void faultCutOffAnywhere_isNoFault() {
    refusesEveryBeginning(
        Answers.enveloped(
            "<soapenv:Fault><faultcode>c</faultcode><faultstring>s</faultstring><detail>"
                + "<NotFoundFault xmlns='urn:vim25' xsi:type='NotFound'/></detail></soapenv:Fault>"));
  }

  private static void refusesEveryBeginning(byte[] answer) {
    for (int length = 0; length < answer.length; length++) {
      InputStream in = new ByteArrayInputStream(answer, 0, length);
      Throwable thrown = null;
      try {
        SoapReader.answer(in, "RetrieveResult");
      } catch (IOException e) {
        thrown = e;
      }
      if (!(thrown instanceof MalformedAnswerException)) {
        fail("after " + length + " bytes", thrown);
      }
    }
  }

  @Test
  void answerInPiecesOfAnyLength_isTheSame() throws Exception {
    for (int length = 1; length < 40; length++) {
      int piece = length;
      InputStream slow =
          new FilterInputStream(new ByteArrayInputStream(Answers.oneVm())) {
            @Override
            public int read(byte[] buffer, int from, int count) throws IOException {
              return super.read(buffer, from, Math.min(count, piece));
            }
          };
      assertThat(SoapReader.answer(slow, "RetrieveResult"))
          .usingRecursiveComparison()
          .isEqualTo(Answers.read("RetrieveResult", Answers.oneVm()));
    }
  }

  @Test
  void brokenStream_givesItsOwnErrorWhereverItBreaks() {
    byte[] answer = Answers.oneVm();
    IOException broken = new IOException("connection reset");
    for (int length = 0; length < answer.length; length++) {
      InputStream in =
          joined(List.of(new ByteArrayInputStream(answer, 0, length), breaking(broken)).iterator());
      Throwable thrown = catchThrowable(() -> SoapReader.answer(in, "RetrieveResult"));
      if (thrown != broken) {
        fail("after " + length + " bytes", thrown);
      }
    }
  }

  private static InputStream breaking(IOException broken) {
    return new FilterInputStream(InputStream.nullInputStream()) {
      @Override
      public int read(byte[] buffer, int from, int count) throws IOException {
        throw broken;
      }
    };
  }

  @Test
  void answerWithAChangedByte_isReadOrRefused() {
    byte[] answer = Answers.oneVm();
    for (int at = 0; at < answer.length; at++) {
      byte before = answer[at];
      for (int changed : new int[] {0, 0xff, '<', '&', '"', ' '}) {
        answer[at] = (byte) changed;
        Throwable thrown = catchThrowable(() -> Answers.read("RetrieveResult", answer));
        if (thrown != null && !(thrown instanceof IOException)) {
          fail("byte " + at + " as " + changed, thrown);
        }
      }
      answer[at] = before;
    }
  }

  @Test
  void longText_isRead() throws Exception {
    String text = "ü".repeat(3_000_000);
    assertThat(Answers.read("String", "<returnval>" + text + "</returnval>")).isEqualTo(text);
  }

  @Test
  void stream_isReadToItsEndAndLeftOpen() throws Exception {
    boolean[] closed = new boolean[1];
    InputStream in =
        new FilterInputStream(new ByteArrayInputStream(Answers.returned(""))) {
          @Override
          public void close() {
            closed[0] = true;
          }
        };
    SoapReader.answer(in, null);
    assertThat(in.read()).isEqualTo(-1);
    assertThat(closed[0]).isFalse();
  }

  @Test
  void billionLaughs_areRefusedAtTheDeclaration() {
    refuses(
        "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]><x>&b;</x>", "document type");
    refuses("<?xml version='1.0'?>\n<!DOCTYPE x SYSTEM 'file:///etc/passwd'><x/>", "document type");
  }

  @Test
  void entity_isRefused() {
    refuses(Answers.BEGIN + "<r>&passwd;</r>", "&passwd;");
    refuses("<x a='&passwd;'/>", "&passwd;");
  }

  @Test
  void elementsWithinElements_haveALimit() {
    String open = "<x>".repeat(XmlCursor.MAX_DEPTH + 1);
    refuses(Answers.BEGIN + "<r>" + open, "deeper than");
    // A type that holds itself.
    refuses(Answers.BEGIN + "<r><returnval>" + "<faultCause><fault>".repeat(200), "deeper than");
  }

  @Test
  void text_hasALimit() {
    InputStream endless =
        joined(
            Stream.concat(
                    Stream.of(
                        stream(Answers.BEGIN + "<r><returnval><value xsi:type='xsd:string'>")),
                    Stream.generate(() -> stream("x".repeat(1 << 16))))
                .iterator());
    assertThatThrownBy(() -> SoapReader.answer(endless, "OptionValue"))
        .isInstanceOf(MalformedAnswerException.class)
        .hasMessageContaining("of more than");
  }

  @Test
  void tag_hasALimit() {
    InputStream endless =
        joined(
            Stream.concat(
                    Stream.of(stream("<Envelope a='")),
                    Stream.generate(() -> stream("x".repeat(1 << 10))))
                .iterator());
    assertThatThrownBy(() -> SoapReader.answer(endless, null))
        .isInstanceOf(MalformedAnswerException.class)
        .hasMessageContaining("of more than");
  }

  private static void refuses(String answer, String why) {
    assertThatThrownBy(() -> SoapReader.answer(stream(answer), "LocalizedMethodFault"))
        .isInstanceOf(MalformedAnswerException.class)
        .hasMessageContaining(why);
  }

  private static String vm(int number) {
    return "<objects><obj type=\"VirtualMachine\">vm-"
        + number
        + "</obj><propSet><name>config.extraConfig</name><val xsi:type=\"ArrayOfOptionValue\">"
        + ("<OptionValue><key>guestinfo.vic.n"
                + number
                + "</key><value xsi:type=\"xsd:string\">"
                + "v".repeat(100)
                + "</value></OptionValue>")
            .repeat(100)
        + "</val></propSet></objects>";
  }

  private static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  private static InputStream joined(Iterator<? extends InputStream> streams) {
    return new Joined(streams);
  }

  /** Streams one behind the other, each asked for when the one before it has ended. */
  private static final class Joined extends InputStream {
    private final Iterator<? extends InputStream> streams;
    private InputStream current = InputStream.nullInputStream();

    Joined(Iterator<? extends InputStream> streams) {
      this.streams = streams;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int from, int count) throws IOException {
      int read = current.read(buffer, from, count);
      while (read < 0 && streams.hasNext()) {
        current = streams.next();
        read = current.read(buffer, from, count);
      }
      return read;
    }
  }
}

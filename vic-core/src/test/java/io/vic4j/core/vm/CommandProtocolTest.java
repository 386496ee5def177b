package io.vic4j.core.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.vm.CommandAck.Refusal;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

final class CommandProtocolTest {
  private static final GuestCommand HUP = new GuestCommand.SendSignal("main", Signal.HUP);

  private final Map<String, String> variables =
      new TreeMap<>(GuestProtocol.encode(SpecSamples.ID, SpecSamples.full()));

  private CommandProtocolTest() {
    variables.putAll(GuestProtocol.announceRun(2));
  }

  private IssuedCommand issue(GuestCommand command) {
    IssuedCommand issued = GuestProtocol.nextCommand(variables, command);
    variables.putAll(GuestProtocol.encode(issued));
    return issued;
  }

  @Test
  void command_isReadBack_untilItIsAcknowledged() {
    for (GuestCommand command :
        List.of(
            HUP,
            new GuestCommand.SendSignal("main", Signal.parse("SIGRTMIN+3")),
            new GuestCommand.Stop(),
            new GuestCommand.Kill())) {
      IssuedCommand issued = issue(command);
      assertThat(issued.command()).isEqualTo(command);
      assertThat(issued.run()).isEqualTo(2);
      assertThat(GuestProtocol.openCommand(variables)).contains(issued);
      variables.putAll(GuestProtocol.encode(issued.done()));
      assertThat(GuestProtocol.openCommand(variables)).isEmpty();
    }
  }

  @Test
  void command_isWrittenAsTheProtocolSays() {
    assertThat(GuestProtocol.encode(new IssuedCommand(2, 7, HUP)))
        .containsExactly(
            Map.entry(
                "guestinfo.vic/command",
                "{\"run\":2,\"seq\":7,\"command\":\"signal\",\"session\":\"main\","
                    + "\"signal\":\"SIGHUP\"}"));
    assertThat(GuestProtocol.encode(CommandAck.refused(2, 7, Refusal.NOT_FOUND)))
        .containsExactly(
            Map.entry("guestinfo.vic.ack", "{\"run\":2,\"seq\":7,\"error\":\"not_found\"}"));
  }

  @Test
  void numbers_countUpOverAllRuns() {
    assertThat(issue(HUP).seq()).isEqualTo(1);
    assertThat(issue(new GuestCommand.Stop()).seq()).isEqualTo(2);
    variables.putAll(GuestProtocol.announceRun(3));
    assertThat(issue(HUP).seq()).isEqualTo(3);
  }

  @Test
  void numbers_beginAgainAfterTheLast() {
    variables.putAll(GuestProtocol.encode(new IssuedCommand(1, IssuedCommand.MAX_SEQ, HUP)));
    assertThat(issue(HUP).seq()).isEqualTo(1);
  }

  @Test
  void commandOfAnotherRun_isVoid() {
    issue(HUP);
    variables.putAll(GuestProtocol.announceRun(3));
    assertThat(GuestProtocol.openCommand(variables)).isEmpty();
  }

  @Test
  void ackOfAnotherCommand_leavesItOpen() {
    IssuedCommand issued = issue(HUP);
    for (CommandAck other :
        List.of(CommandAck.done(1, issued.seq()), CommandAck.done(2, issued.seq() + 1))) {
      variables.putAll(GuestProtocol.encode(other));
      assertThat(GuestProtocol.openCommand(variables)).contains(issued);
    }
  }

  @Test
  void refusal_isReadBack() {
    for (Refusal refusal : Refusal.values()) {
      CommandAck ack = issue(HUP).refused(refusal);
      variables.putAll(GuestProtocol.encode(ack));
      assertThat(GuestProtocol.decodeAck(variables)).contains(ack);
      assertThat(GuestProtocol.openCommand(variables)).isEmpty();
    }
  }

  @Test
  void whatIsWrongOrTooLong_countsAsNone() {
    String right = GuestProtocol.encode(issue(HUP)).get("guestinfo.vic/command");
    for (String wrong :
        List.of(
            "",
            "{",
            "[]",
            right.replace("2", "\"2\""),
            right.replace("\"seq\":1", "\"seq\":0"),
            right.replace("\"seq\":1", "\"seq\":9007199254740992"),
            right.replace("\"seq\":1", "\"seq\":1.5"),
            right.replace("SIGHUP", "SIGNONE"),
            right.replace("\"signal\",\"session\"", "\"dance\",\"session\""),
            right + " ".repeat(1024))) {
      variables.put("guestinfo.vic/command", wrong);
      assertThat(GuestProtocol.openCommand(variables)).as(wrong).isEmpty();
    }
    variables.put("guestinfo.vic.ack", "{\"run\":2,\"seq\":1,\"error\":\"dance\"}");
    assertThat(GuestProtocol.decodeAck(variables)).isEmpty();
  }

  @Test
  void unknownFields_areIgnored() {
    IssuedCommand issued = issue(HUP);
    variables.computeIfPresent(
        "guestinfo.vic/command", (key, value) -> value.replace("{", "{\"later\":[1],"));
    assertThat(GuestProtocol.openCommand(variables)).contains(issued);
  }

  @Test
  void variablesWithoutARun_haveNoOpenCommand() {
    issue(HUP);
    variables.remove("guestinfo.vic/run");
    assertThat(GuestProtocol.openCommand(variables)).isEmpty();
  }

  @Test
  void nameThatNoSessionHas_isRefused() {
    GuestCommand command = new GuestCommand.SendSignal("x".repeat(2000), Signal.HUP);
    assertThatThrownBy(() -> issue(command)).isInstanceOf(InvalidArgumentException.class);
  }

  @Property
  void anyText_isReadOrCountsAsNone(@ForAll String text) {
    variables.put("guestinfo.vic/command", text);
    variables.put("guestinfo.vic.ack", text);
    assertThat(GuestProtocol.openCommand(variables)).isEmpty();
    assertThat(GuestProtocol.decodeAck(variables)).isEmpty();
  }

  @Property
  void anyNumber_isReadBack(
      @ForAll @LongRange(min = 1, max = IssuedCommand.MAX_SEQ) long seq, @ForAll long run) {
    IssuedCommand issued = new IssuedCommand(run, seq, new GuestCommand.Kill());
    assertThat(GuestProtocol.decodeCommand(GuestProtocol.encode(issued))).contains(issued);
    assertThat(GuestProtocol.decodeAck(GuestProtocol.encode(issued.done())))
        .contains(issued.done());
  }
}

package io.vic4j.testkit;

import io.vic4j.pod.ContainerStatus;
import io.vic4j.pod.PodPhase;
import io.vic4j.pod.PodStatus;
import io.vic4j.pod.kubernetes.PodEvent;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractAssert;
import org.assertj.core.api.AbstractStringAssert;
import org.assertj.core.api.Assertions;

/**
 * What is to be so of a pod, now or {@linkplain #within within} a time. One that fails tells the
 * whole story of the pod: what it went through, what there was to tell of it, and what its
 * containers have printed last. For use by one thread.
 */
public final class PodAssert extends AbstractAssert<PodAssert, TestPod> {
  /** How long {@link #reaches} waits: an hour of the virtual clock, which is no time at all. */
  private static final Duration PATIENCE = Duration.ofHours(1);

  private final Duration patience;

  PodAssert(TestPod pod) {
    this(pod, Duration.ZERO);
  }

  private PodAssert(TestPod pod, Duration patience) {
    super(pod, PodAssert.class);
    this.patience = patience;
  }

  private PodAssert patient(Duration time) {
    PodAssert patient = new PodAssert(actual, time);
    if (info.hasDescription()) {
      patient.info.description(info.description());
    }
    return patient;
  }

  /**
   * What follows need not be so yet: the virtual clock is turned until it is, by this much at the
   * most, each time.
   */
  public PodAssert within(Duration time) {
    if (time.isNegative()) {
      throw new IllegalArgumentException("time does not go back: " + time);
    }
    return patient(time);
  }

  /** It is in this phase. */
  public PodAssert hasPhase(PodPhase phase) {
    return check("to be " + phase, status -> status.phase() == phase);
  }

  /** It comes to this phase, or is in it; the virtual clock is turned by an hour at the most. */
  public PodAssert reaches(PodPhase phase) {
    PodAssert unused = patient(PATIENCE).hasPhase(phase);
    return this;
  }

  /**
   * It went through these phases, one after the other and through no others, since it was first
   * seen.
   */
  public PodAssert wentThrough(PodPhase... phases) {
    List<PodPhase> wanted = List.of(phases);
    return checkPod(
        "to have gone through " + wanted,
        pod -> pod.phases().equals(wanted),
        () -> "it went through " + actual.phases());
  }

  /** All its containers are ready. */
  public PodAssert isReady() {
    return check("to be ready", PodStatus::isReady);
  }

  /** It is as it is for this reason, such as {@code DeadlineExceeded}. */
  public PodAssert hasReason(String reason) {
    return check("to be so for " + reason, status -> status.reason().equals(reason));
  }

  /** There was an event of this reason, such as {@code BackOff}. */
  public PodAssert hasEvent(String reason) {
    return hasEvent(reason, "");
  }

  /** There was an event of this reason, and its message has this in it. */
  public PodAssert hasEvent(String reason, String part) {
    return checkPod(
        "to have the event " + reason + (part.isEmpty() ? "" : " with '" + part + "'"),
        pod ->
            pod.events().stream()
                .anyMatch(it -> it.reason().equals(reason) && it.message().contains(part)),
        this::toldEvents);
  }

  /** There was no event of this reason up to now. */
  public PodAssert hasNoEvent(String reason) {
    PodAssert unused =
        patient(Duration.ZERO)
            .checkPod(
                "not to have the event " + reason,
                pod -> pod.events().stream().noneMatch(it -> it.reason().equals(reason)),
                this::toldEvents);
    return this;
  }

  private String toldEvents() {
    return "it has " + actual.events().stream().map(PodEvent::reason).distinct().toList();
  }

  /** It is not there. */
  public PodAssert isGone() {
    return checkPod("to be gone", pod -> pod.find().isEmpty(), this::state);
  }

  /**
   * One of its containers, for more to be said of it.
   *
   * @param name what it is called
   */
  public ContainerAssert container(String name) {
    checkHas(name);
    return new ContainerAssert(this, name);
  }

  /**
   * What a container has printed up to now, over all its starts.
   *
   * @param container what it is called
   */
  public AbstractStringAssert<?> log(String container) {
    checkHas(container);
    return Assertions.assertThat(actual.log(container))
        .as("log of %s\n%s", container, actual.story());
  }

  private void checkHas(String container) {
    PodAssert unused =
        check(
            "to have a container " + container,
            status -> containers(status).anyMatch(it -> it.name().equals(container)));
  }

  PodAssert check(String what, Predicate<PodStatus> condition) {
    if (!actual.becomes(condition, patience)) {
      throw failure("%s", message(what, state()));
    }
    return this;
  }

  /** The same of what is not in its status; {@code otherwise} says how it is instead. */
  PodAssert checkPod(String what, Predicate<TestPod> condition, Supplier<String> otherwise) {
    if (!actual.comesTo(condition, patience)) {
      throw failure("%s", message(what, otherwise.get()));
    }
    return this;
  }

  private String message(String what, String otherwise) {
    String time =
        patience.isZero()
            ? ""
            : " within " + patience.toString().substring(2).toLowerCase(Locale.ROOT);
    return "Expecting " + actual + " " + what + time + ", but " + otherwise + "\n" + actual.story();
  }

  /** How it is, in a line. */
  private String state() {
    return actual
        .find()
        .map(
            pod ->
                "it is "
                    + pod.phase()
                    + containers(pod.status())
                        .map(it -> "; " + it.name() + " " + PodStory.words(it))
                        .collect(Collectors.joining()))
        .orElse("it is not there");
  }

  private static Stream<ContainerStatus> containers(PodStatus status) {
    return Stream.concat(status.initContainers().stream(), status.containers().stream());
  }
}

package io.vic4j.pod.kubernetes.node;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How many events may tell of one object: a bucket of tokens each, as client-go's {@code
 * EventSourceObjectSpamFilter} has it. Thread-safe.
 */
final class EventBudget {
  private static final int BURST = 25;
  private static final Duration REFILL = Duration.ofMinutes(5);
  private static final int OBJECTS = 4096;

  private record Bucket(int tokens, Instant since) {}

  private final InstantSource time;
  private final Map<String, Bucket> buckets =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
          return size() > OBJECTS;
        }
      };

  EventBudget(InstantSource time) {
    this.time = time;
  }

  /** Whether one more may tell of this object; counts it. */
  synchronized boolean take(String uid) {
    Instant now = time.instant();
    Bucket bucket = buckets.getOrDefault(uid, new Bucket(BURST, now));
    long refills = Math.max(0, Duration.between(bucket.since, now).dividedBy(REFILL));
    int tokens = (int) Math.min(BURST, bucket.tokens + refills);
    Instant since = tokens == BURST ? now : bucket.since.plus(REFILL.multipliedBy(refills));
    buckets.put(uid, new Bucket(Math.max(0, tokens - 1), since));
    return tokens > 0;
  }
}

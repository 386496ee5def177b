package io.vic4j.testkit.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerImage;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Event;
import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.Progress;
import io.vic4j.core.UnavailableException;
import io.vic4j.image.Descriptor;
import io.vic4j.image.Image;
import io.vic4j.image.ImageSource;
import io.vic4j.image.PullOptions;
import io.vic4j.image.RawManifest;
import io.vic4j.testkit.FaultPlan.Operation;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.TestImage;
import java.io.InputStream;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a node tells its cluster beside how its pods are, and that it does so once. */
@Timeout(60)
class KubernetesNodeTellsTest {
  private static final int MANY = 55;

  private final NodeCluster cluster = new NodeCluster();

  @AfterEach
  void close() {
    cluster.close();
  }

  // ---- Images.

  private String imageId(String pod) {
    cluster.untilPhase(pod, "Running");
    ContainerStatus status = cluster.get(pod).getStatus().getContainerStatuses().get(0);
    return status.getImageID();
  }

  private Digest manifestDigest(String reference) {
    try (ImageSource source = cluster.vch.registry().open(ImageReference.parse(reference))) {
      return source.manifest().digest();
    }
  }

  @Test
  void anImageOfARegistry_isToldByItsRepositoryAndManifest() {
    cluster.start();
    cluster.bind("web", "web");
    assertThat(imageId("web"))
        .isEqualTo("registry.test/web@" + manifestDigest("registry.test/web:1"));

    cluster.restart();
    cluster.bind("again", "web");
    assertThat(imageId("again")).isEqualTo(imageId("web"));
  }

  /** An image out of an archive. */
  private record Archive(ImageSource image) implements ImageSource {
    @Override
    public String name() {
      return "docker-archive:web.tar";
    }

    @Override
    public RawManifest manifest() {
      return image.manifest();
    }

    @Override
    public InputStream blob(Descriptor descriptor) {
      return image.blob(descriptor);
    }

    @Override
    public void close() {
      image.close();
    }
  }

  @Test
  void anImageThatCameFromNoRegistry_isToldByItsId() {
    ImageReference name = ImageReference.parse("registry.test/web:1");
    Image image;
    try (ImageSource archive = new Archive(cluster.vch.registry().open(name))) {
      image =
          cluster
              .host()
              .images()
              .pull(archive, PullOptions.DEFAULT.withNames(name), Progress.NONE)
              .image();
    }
    cluster.start();
    cluster.bind("web", "web");
    assertThat(imageId("web")).isEqualTo(image.id().toString());
  }

  private void untilListed(int images) {
    cluster.until(() -> cluster.node().getStatus().getImages().size() == images);
  }

  @Test
  void theLargestImages_areListed_withTheirNames() {
    Random random = new Random(1);
    for (int i = 0; i < MANY; i++) {
      byte[] content = new byte[1000 * (i + 1)];
      random.nextBytes(content);
      ImageReference unused =
          cluster
              .vch
              .image("registry.test/image" + i + ":1")
              .content(TestImage.builder().layer(it -> it.file("random", content)).build())
              .runs(Script.runsForever());
    }
    cluster.start();
    untilListed(50);

    List<ContainerImage> images = cluster.node().getStatus().getImages();
    assertThat(images)
        .isSortedAccordingTo(Comparator.comparing(ContainerImage::getSizeBytes).reversed())
        .allSatisfy(it -> assertThat(it.getSizeBytes()).isGreaterThan(5000));
    assertThat(images.get(0).getNames())
        .containsExactly(
            "registry.test/image54@" + manifestDigest("registry.test/image54:1"),
            "registry.test/image54:1");
  }

  @Test
  void imagesThatComeLater_areListedWithinFiveMinutes_andNotAtEachHeartbeat() {
    cluster.start();
    cluster.bind("web", "web");
    cluster.untilPhase("web", "Running");
    var begin = cluster.clock.instant();
    untilListed(1);
    assertThat(Duration.between(begin, cluster.clock.instant())).isLessThan(Duration.ofMinutes(6));

    long listed = cluster.vch.faults().calls(Operation.LIST);
    long measured = cluster.vch.faults().calls(Operation.CAPACITY);
    cluster.until(() -> cluster.vch.faults().calls(Operation.CAPACITY) > measured + 30);
    assertThat(cluster.vch.faults().calls(Operation.LIST) - listed).isLessThan(15);
  }

  // ---- Events of the node.

  private List<Event> events(String reason) {
    return cluster.events(NodeCluster.NODE).stream()
        .filter(it -> it.getReason().equals(reason))
        .toList();
  }

  private int times(String reason) {
    return events(reason).stream().mapToInt(Event::getCount).sum();
  }

  @Test
  void aNodeTellsOnce_thatItStarts_andWhetherItIsReady() {
    cluster.start();
    cluster.until(() -> times("Starting") == 1 && times("NodeReady") == 1);
    assertThat(events("NodeReady"))
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.getMetadata().getNamespace()).isEqualTo("default");
              assertThat(it.getInvolvedObject().getKind()).isEqualTo("Node");
              assertThat(it.getInvolvedObject().getUid()).isEqualTo("vic-1");
              assertThat(it.getType()).isEqualTo("Normal");
              assertThat(it.getMessage()).isEqualTo("Node vic-1 status is now: NodeReady");
              assertThat(it.getSource().getHost()).isEqualTo("vic-1");
            });

    cluster
        .vch
        .faults()
        .on(Operation.CAPACITY)
        .everyCall()
        .fails(() -> new UnavailableException("cable pulled", null));
    cluster.until(() -> times("NodeNotReady") == 1);
    assertThat(events("NodeNotReady"))
        .singleElement()
        .satisfies(it -> assertThat(it.getMessage()).contains("NodeNotReady: ", "cable pulled"));
    long measured = cluster.vch.faults().calls(Operation.CAPACITY);
    cluster.until(() -> cluster.vch.faults().calls(Operation.CAPACITY) > measured + 3);

    cluster.vch.faults().clear();
    cluster.until(() -> times("NodeReady") == 2);
    cluster.restart();
    cluster.until(() -> times("Starting") == 2);
    assertThat(times("NodeReady")).isEqualTo(2);
    assertThat(times("NodeNotReady")).isEqualTo(1);
  }

  // ---- Its machine.

  @Test
  void theProvidersId_isGivenAtRegistration_andStays() {
    cluster.options(it -> it.providerId("vic://dc-1/vic-1"));
    cluster.start();
    assertThat(cluster.node().getSpec().getProviderID()).isEqualTo("vic://dc-1/vic-1");

    cluster.options(it -> it.providerId("vic://dc-2/vic-1").label("zone", "b"));
    cluster.restart();
    assertThat(cluster.node().getMetadata().getLabels()).containsEntry("zone", "b");
    assertThat(cluster.node().getSpec().getProviderID()).isEqualTo("vic://dc-1/vic-1");
  }

  // ---- Pods that go.

  @Test
  void aPodThatHasEnded_isRemovedFromTheClusterOnce() {
    List<String> removals = new CopyOnWriteArrayList<>();
    cluster.api.faults(
        line -> {
          if (line.startsWith("DELETE /api/v1/namespaces/default/pods/")) {
            removals.add(line);
          }
          return Optional.empty();
        });
    cluster.start();
    List<String> names = List.of("a", "b", "c", "d", "e", "f", "g", "h");
    names.forEach(name -> cluster.bind(name, "web"));
    names.forEach(name -> cluster.untilPhase(name, "Running"));
    names.forEach(name -> cluster.delete(name, null));
    cluster.until(() -> names.stream().allMatch(name -> cluster.find(name).isEmpty()));
    cluster.bind("last", "web");
    cluster.untilPhase("last", "Running");
    assertThat(removals).hasSameSizeAs(names).doesNotHaveDuplicates();
  }
}

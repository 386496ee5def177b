package io.vic4j.core;

import com.vmware.vim25.ObjectContent;
import com.vmware.vim25.ws.Argument;
import com.vmware.vim25.ws.SoapClient;
import io.vic4j.core.vsphere.soap.SoapReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.rmi.RemoteException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Measures how fast answers of vSphere become yavijava's objects: here, and by yavijava's own DOM
 * engine, from the same bytes. The answer is all properties of 1,000 VMs of the simulator.
 *
 * <pre>
 * mvn -q -pl vic-core test-compile exec:java -Dexec.classpathScope=test \
 *     -Dexec.mainClass=io.vic4j.core.SoapBenchmark
 * </pre>
 */
public final class SoapBenchmark {
  private static final int WARM_UP = 5;
  private static final int ROUNDS = 15;
  private static final String SMALL_HEAP = "-Xmx16m";

  private SoapBenchmark() {}

  private interface Work {
    int run() throws Exception;
  }

  /** Measures; or, with the name of a file, reads what is in it and says how many VMs it has. */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length == 1) {
      System.out.println(streamed(Path.of(arguments[0])));
      return;
    }
    Path file = Files.createTempFile("vic-bench-", ".xml");
    try {
      byte[] answer = legible(dump());
      Files.write(file, answer);
      measure(answer, file);
    } finally {
      Files.delete(file);
    }
  }

  /** The answer without the fields at which yavijava's engine gives up: they are newer than it. */
  private static byte[] legible(String answer) throws Exception {
    Dom dom = new Dom();
    String text = answer;
    List<String> left = new ArrayList<>();
    while (true) {
      try {
        dom.unMarshall("ObjectContent[]", in(text.getBytes(StandardCharsets.UTF_8)));
        System.out.println("fields that the DOM engine cannot read, left out for both: " + left);
        return text.getBytes(StandardCharsets.UTF_8);
      } catch (RemoteException e) {
        if (!(e.detail instanceof NoSuchFieldException unknown)) {
          throw e;
        }
        String name = unknown.getMessage();
        left.add(name);
        text = text.replaceAll("(?s)<" + name + "(?: [^>]*)?(?:/>|>.*?</" + name + ">)", "");
      }
    }
  }

  private static String dump() {
    try (VcSim sim = VcSim.start("-hosts", "0", "-vms", "1000", "-autostart=false");
        SoapText soap = new SoapText(sim)) {
      soap.login(sim.password());
      String content =
          soap.call("RetrieveServiceContent", "ServiceInstance", "ServiceInstance", "").body();
      String root = SoapText.take("<rootFolder type=\"Folder\">([^<]*)<", content);
      String view =
          SoapText.take(
              "<returnval type=\"ContainerView\">([^<]*)<",
              soap.call(
                      "CreateContainerView",
                      "ViewManager",
                      "ViewManager",
                      "<container type=\"Folder\">"
                          + root
                          + "</container><type>VirtualMachine</type><recursive>true</recursive>")
                  .body());
      return soap.call(
              "RetrieveProperties",
              "PropertyCollector",
              SoapText.take("<propertyCollector type=\"PropertyCollector\">([^<]*)<", content),
              """
              <specSet><propSet><type>VirtualMachine</type><all>true</all></propSet>\
              <objectSet><obj type="ContainerView">%s</obj><skip>true</skip>\
              <selectSet xsi:type="TraversalSpec"><type>ContainerView</type><path>view</path>\
              <skip>false</skip></selectSet></objectSet></specSet>"""
                  .formatted(view))
          .body();
    }
  }

  private static void measure(byte[] answer, Path file) throws Exception {
    Dom dom = new Dom();
    SameObjects same = new SameObjects();
    same.compare(
        dom.unMarshall("ObjectContent[]", in(answer)),
        SoapReader.answer(in(answer), "ObjectContent[]"),
        "answer");
    Work here = () -> ((ObjectContent[]) SoapReader.answer(in(answer), "ObjectContent[]")).length;
    Work theirs = () -> ((ObjectContent[]) dom.unMarshall("ObjectContent[]", in(answer))).length;
    List<Double> ours = new ArrayList<>();
    List<Double> others = new ArrayList<>();
    int vms = 0;
    for (int round = 0; round < WARM_UP + ROUNDS; round++) {
      vms = here.run();
      double mine = seconds(here);
      double its = seconds(theirs);
      if (round >= WARM_UP) {
        ours.add(mine);
        others.add(its);
      }
    }
    double median = median(ours);
    System.out.printf(
        Locale.ROOT, "answer                  %.1f MB, %d VMs%n", answer.length / 1e6, vms);
    System.out.printf(
        Locale.ROOT,
        "the same in both        %d values; in %d references yavijava has xsi:type for the type%n",
        same.values(),
        same.mistakenReferences());
    System.out.printf(Locale.ROOT, "SoapReader              %.0f ms%n", median * 1000);
    System.out.printf(Locale.ROOT, "yavijava's DOM engine   %.0f ms%n", median(others) * 1000);
    System.out.printf(Locale.ROOT, "ratio                   %.1f%n", median(others) / median);
    System.out.println("VMs streamed in " + SMALL_HEAP + " " + inSmallHeap(file));
  }

  private static InputStream in(byte[] answer) {
    return new ByteArrayInputStream(answer);
  }

  private static double seconds(Work work) throws Exception {
    long begin = System.nanoTime();
    work.run();
    return (System.nanoTime() - begin) / 1e9;
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static int streamed(Path file) throws IOException {
    AtomicInteger count = new AtomicInteger();
    try (InputStream in = Files.newInputStream(file)) {
      SoapReader.eachReturned(in, "ObjectContent", each -> count.incrementAndGet());
    }
    return count.get();
  }

  /** Reads the file in a Java VM whose heap holds no more than a part of it. */
  private static String inSmallHeap(Path file) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                SMALL_HEAP,
                "-cp",
                classPath(),
                SoapBenchmark.class.getName(),
                file.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return process.waitFor() == 0 ? out.strip() : "failed";
  }

  /** Where this class and what it needs come from, however it was started. */
  private static String classPath() {
    List<String> places = new ArrayList<>();
    for (Class<?> type :
        List.of(
            SoapBenchmark.class,
            SoapReader.class,
            ObjectContent.class,
            com.fasterxml.aalto.stax.InputFactoryImpl.class,
            org.codehaus.stax2.XMLInputFactory2.class,
            org.slf4j.Logger.class,
            org.apache.log4j.Logger.class)) {
      places.add(
          Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath()).toString());
    }
    return String.join(java.io.File.pathSeparator, places);
  }

  /** yavijava's own way from text to objects, without its transport. */
  private static final class Dom extends SoapClient {
    @Override
    public Object invoke(String method, Argument[] arguments, String returnType) {
      throw new UnsupportedOperationException("only answers are read");
    }

    @Override
    public StringBuffer invokeAsString(String method, Argument[] arguments) {
      throw new UnsupportedOperationException("only answers are read");
    }
  }
}

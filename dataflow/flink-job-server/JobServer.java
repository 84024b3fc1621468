import java.io.File;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.beam.runners.flink.FlinkJobServerDriver;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.sdk.util.construction.resources.PipelineResourcesDetector;

/** Beam's job server for Flink, which ends with the process that started it, however that one ends. */
public class JobServer {
  public static void main(String[] args) throws Exception {
    ProcessHandle parent = ProcessHandle.current().parent().orElseThrow();
    parent.onExit().thenRun(() -> Runtime.getRuntime().halt(1));
    // As FlinkJobServerDriver.main, but without Cloud Storage.
    FileSystems.setDefaultPipelineOptions(PipelineOptionsFactory.create());
    FlinkJobServerDriver.fromParams(args).run();
  }

  /**
   * Finds the jars that a job sends to its cluster: all but Flink's own. Beam's way sends these too, and lists the
   * contents of all jars, which takes a second.
   */
  public static class Jars implements PipelineResourcesDetector.Factory {
    /** Called by Beam. */
    public static Jars create() {
      return new Jars();
    }

    @Override
    public PipelineResourcesDetector getPipelineResourcesDetector() {
      Stream<String> jars = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator));
      List<String> needed = jars.filter(jar -> !new File(jar).getName().startsWith("flink-")).collect(Collectors.toList());
      return loader -> needed;
    }
  }
}

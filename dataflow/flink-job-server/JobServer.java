import org.apache.beam.runners.flink.FlinkJobServerDriver;

/** Beam's job server for Flink, which ends with the process that started it, however that one ends. */
class JobServer {
  public static void main(String[] args) throws Exception {
    ProcessHandle parent = ProcessHandle.current().parent().orElseThrow();
    parent.onExit().thenRun(() -> Runtime.getRuntime().halt(1));
    FlinkJobServerDriver.main(args);
  }
}

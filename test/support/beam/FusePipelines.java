import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.apache.beam.model.pipeline.v1.RunnerApi.Pipeline;
import org.apache.beam.sdk.util.construction.graph.ExecutableStage;
import org.apache.beam.sdk.util.construction.graph.FusedPipeline;
import org.apache.beam.sdk.util.construction.graph.GreedyPipelineFuser;
import org.apache.beam.sdk.util.construction.graph.PipelineNode.PTransformNode;
import org.apache.beam.sdk.util.construction.graph.PipelineValidator;

/**
 * Validates pipelines as Beam's runners do, and fuses their steps into stages. Prints a line for each pipeline, each stage
 * (an ExecutableStagePayload in base64), and each transform that is left to the runner.
 */
public class FusePipelines {
  public static void main(String[] files) throws Exception {
    for (String file : files) {
      Pipeline pipeline = Pipeline.parseFrom(Files.readAllBytes(Path.of(file)));
      System.out.println("pipeline " + file);
      PipelineValidator.validate(pipeline);
      FusedPipeline fused = GreedyPipelineFuser.fuse(pipeline);
      for (ExecutableStage stage : fused.getFusedStages()) {
        byte[] payload = stage.toPTransform("stage").getSpec().getPayload().toByteArray();
        System.out.println("stage " + Base64.getEncoder().encodeToString(payload));
      }
      for (PTransformNode node : fused.getRunnerExecutedTransforms()) {
        System.out.println("runner " + node.getTransform().getSpec().getUrn());
      }
    }
  }
}

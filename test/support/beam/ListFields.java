import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import org.apache.beam.model.fnexecution.v1.BeamFnApi;
import org.apache.beam.model.pipeline.v1.RunnerApi;
import org.apache.beam.model.pipeline.v1.SchemaApi;

/**
 * Prints the fields of all messages that a worker receives, as this version of Beam has them: the message's full name, the
 * field's number and its name.
 */
public class ListFields {
  public static void main(String[] args) {
    var queue =
        new ArrayDeque<>(
            List.of(
                BeamFnApi.InstructionRequest.getDescriptor(),
                BeamFnApi.ProcessBundleDescriptor.getDescriptor(),
                BeamFnApi.Elements.getDescriptor(),
                BeamFnApi.StateResponse.getDescriptor(),
                BeamFnApi.LogControl.getDescriptor(),
                BeamFnApi.RemoteGrpcPort.getDescriptor(),
                RunnerApi.ParDoPayload.getDescriptor(),
                SchemaApi.Schema.getDescriptor()));
    var seen = new HashSet<String>();
    while (!queue.isEmpty()) {
      var message = queue.remove();
      if (!seen.add(message.getFullName())) continue;
      for (var field : message.getFields()) {
        System.out.println(message.getFullName() + " " + field.getNumber() + " " + field.getName());
        if (field.getJavaType().name().equals("MESSAGE")) queue.add(field.getMessageType());
      }
    }
  }
}

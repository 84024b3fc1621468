"""Prints the fields of all messages that a worker receives, as this version of Beam has them: the message's full name, the
field's number and its name."""

from apache_beam.portability.api import beam_fn_api_pb2 as fn_api
from apache_beam.portability.api import beam_runner_api_pb2 as runner_api
from apache_beam.portability.api import schema_pb2

queue = [
    message.DESCRIPTOR
    for message in (
        fn_api.InstructionRequest,
        fn_api.ProcessBundleDescriptor,
        fn_api.Elements,
        fn_api.StateResponse,
        fn_api.LogControl,
        fn_api.RemoteGrpcPort,
        runner_api.ParDoPayload,
        schema_pb2.Schema,
    )
]
seen = set()
while queue:
    message = queue.pop(0)
    if message.full_name in seen:
        continue
    seen.add(message.full_name)
    for field in message.fields:
        print(message.full_name, field.number, field.name)
        if field.message_type:
            queue.append(field.message_type)

/**
 * Transforms of other SDKs, expanded by a service on this machine
 * (https://beam.apache.org/documentation/programming-guide/#multi-language-pipelines).
 */
import { Writer } from 'protobufjs';
import {
  type AsyncPTransform,
  ExternalConfigurationPayload,
  type PValue,
  rawExternalTransform,
  Schema,
} from './beam';
import { type Row, RowCoder } from './row-coder';

/** A transform's configuration: a row, and what its fields are. */
export interface Configuration {
  schema: Schema;
  row: Row;
}

const encoded = ({ schema, row }: Configuration): Uint8Array => {
  const writer = new Writer();
  new RowCoder(schema).encode(row, writer);
  return writer.finish();
};

/**
 * A transform that has a URN of its own.
 *
 * @param expansionService address of the service, HOST:PORT
 */
export function externalTransform<In extends PValue<unknown>, Out extends PValue<unknown>>(
  urn: string,
  configuration: Configuration,
  expansionService: string,
): AsyncPTransform<In, Out> {
  const payload = ExternalConfigurationPayload.toBinary({
    schema: configuration.schema,
    payload: encoded(configuration),
  });
  return rawExternalTransform<In, Out>(urn, payload, expansionService);
}

/**
 * A transform that other SDKs find by its configuration's schema.
 *
 * @param configuration all fields that it has, in alphabetical order, whether they are set or not
 * @param expansionService address of the service, HOST:PORT
 */
export function schemaTransform<In extends PValue<unknown>, Out extends PValue<unknown>>(
  identifier: string,
  configuration: Configuration,
  expansionService: string,
): AsyncPTransform<In, Out> {
  // The message SchemaTransformPayload (external_transforms.proto), which the SDK does not have.
  const payload = new Writer()
    .uint32(10)
    .string(identifier)
    .uint32(18)
    .bytes(Schema.toBinary(configuration.schema))
    .uint32(26)
    .bytes(encoded(configuration))
    .finish();
  return rawExternalTransform<In, Out>(
    'beam:expansion:payload:schematransform:v1',
    payload,
    expansionService,
  );
}

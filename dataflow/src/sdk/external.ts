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

/** A transform's configuration: a row and its schema. */
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
 * A transform of another SDK, found by its URN.
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
 * A transform of another SDK, found by its identifier and configured by a row.
 *
 * @param configuration all fields of the transform, in alphabetical order, even those that are not
 *   set
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

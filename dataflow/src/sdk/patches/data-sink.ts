import 'apache-beam';
import { type Coder, Context } from 'apache-beam/coders/coders';
import { RemoteGrpcPort } from 'apache-beam/proto/beam_fn_api';
import type { PTransform } from 'apache-beam/proto/beam_runner_api';
import type { IDataChannel, MultiplexingDataChannel } from 'apache-beam/worker/data';
import {
  type IOperator,
  type OperatorContext,
  type ProcessResult,
  registerOperator,
} from 'apache-beam/worker/operators';
import { Writer } from 'protobufjs';
import type { WindowedValue } from '../beam';

/** Output is sent in messages of about this size, in bytes. */
const MESSAGE_BYTES = 1e6;

/**
 * Sends what leaves a stage to the runner. It replaces the SDK's operator, which awaits the sending
 * of a full buffer before it takes a new one: elements encoded in the meantime go into the old
 * buffer, which is sent again for each of them, and are lost.
 */
class DataSink implements IOperator {
  readonly transformId: string;
  readonly #connection: MultiplexingDataChannel;
  readonly #coder: Coder<unknown>;
  readonly #bundleId: () => string;
  #buffer = new Writer();
  #channel: IDataChannel | undefined;

  constructor(transformId: string, transform: PTransform, context: OperatorContext) {
    const port = RemoteGrpcPort.fromBinary(transform.spec?.payload ?? new Uint8Array());
    this.transformId = transformId;
    this.#connection = context.getDataChannel(port.apiServiceDescriptor?.url);
    this.#coder = context.pipelineContext.getCoder(port.coderId);
    this.#bundleId = context.getBundleId;
  }

  async startBundle(): Promise<void> {
    this.#channel = this.#connection.getSendChannel(this.#bundleId(), this.transformId);
    this.#buffer = new Writer();
  }

  process(element: WindowedValue<unknown>): ProcessResult {
    this.#coder.encode(element, this.#buffer, Context.needsDelimiters);
    return this.#buffer.len > MESSAGE_BYTES ? this.#send() : null;
  }

  async finishBundle(): Promise<void> {
    if (this.#buffer.len > 0) await this.#send();
    this.#channel?.close();
  }

  async #send(): Promise<void> {
    const data = this.#buffer.finish();
    this.#buffer = new Writer();
    await this.#channel?.sendData(data);
  }
}

registerOperator('beam:runner:sink:v1', DataSink);

import 'apache-beam';
import { serializeFn } from 'apache-beam/internal/serialize';
import { SERIALIZED_JS_DOFN_INFO } from 'apache-beam/internal/urns';
import { ParDoPayload } from 'apache-beam/proto/beam_runner_api';
import { type DoFn, parDo } from 'apache-beam/transforms/pardo';
import type { WindowedValue } from 'apache-beam/values';
import {
  createOperator,
  type IOperator,
  type OperatorContext,
  type ProcessResult,
  ProcessResultBuilder,
  type Receiver,
} from 'apache-beam/worker/operators';
import type { ParamProviderImpl } from 'apache-beam/worker/pardo_context';

/** The SDK's operator for the functions of `map`, `flatMap` and `parDo`; it does not export it. */
interface ParDoOperator extends IOperator {
  readonly doFn: DoFn<unknown, unknown, unknown>;
  readonly augmentedContext: unknown;
  readonly paramProvider: ParamProviderImpl;
  readonly sideInputInfo: ReadonlyMap<string, unknown>;
  readonly receiver: Receiver;
}

const operator: ParDoOperator = Object.getPrototypeOf(exampleOperator());
const processAsSdk = operator.process;

/**
 * The SDK creates two functions and five objects for each element and each of its windows, which
 * takes half of the time of a pipeline with sliding windows. This does the same without them. Side
 * inputs are left to the SDK, because it may have to wait for them.
 */
operator.process = function (this: ParDoOperator, element) {
  if (this.sideInputInfo.size > 0) return processAsSdk.call(this, element);
  const { value, windows, pane, timestamp } = element;
  // A function that uses the context is called for each window.
  if (!this.augmentedContext || windows.length === 1) return processOne(this, element);
  return all(windows, (window) => processOne(this, { value, windows: [window], pane, timestamp }));
};

function processOne(operator: ParDoOperator, element: WindowedValue<unknown>): ProcessResult {
  const { windows, pane, timestamp } = element;
  // Without side inputs there is nothing to wait for.
  void operator.paramProvider.setCurrentValue(element);
  const output = operator.doFn.process(element.value, operator.augmentedContext);
  const result = output
    ? all(output, (value) => operator.receiver.receive({ value, windows, pane, timestamp }))
    : null;
  void operator.paramProvider.setCurrentValue(undefined);
  return result;
}

/** Processes each item; the result is a promise only if one of them is. */
function all<Item>(items: Iterable<Item>, process: (item: Item) => ProcessResult): ProcessResult {
  let promises: ProcessResultBuilder | undefined;
  for (const item of items) {
    const result = process(item);
    if (result === null) continue;
    promises ??= new ProcessResultBuilder();
    promises.add(result);
  }
  return promises ? promises.build() : null;
}

function exampleOperator(): IOperator {
  const payload = ParDoPayload.toBinary(
    ParDoPayload.create({
      doFn: { urn: SERIALIZED_JS_DOFN_INFO, payload: serializeFn({ doFn: {} }) },
    }),
  );
  const transform = { spec: { urn: parDo.urn, payload }, inputs: {}, outputs: { out: 'out' } };
  const context = { descriptor: { transforms: { step: transform } }, getReceiver: () => undefined };
  return createOperator('step', context as unknown as OperatorContext);
}

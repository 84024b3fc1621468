import 'apache-beam';
import type { Elements } from 'apache-beam/proto/beam_fn_api';
import { type IDataChannel, MultiplexingDataChannel } from 'apache-beam/worker/data';
import { Worker } from 'apache-beam/worker/worker';

/** How many failed bundles are remembered, because their input may still arrive. */
const FAILED_BUNDLES = 100;

/** The input of one step of a bundle, delivered in order from when the step asks for it. */
class Input {
  #attach: ((consumer: IDataChannel) => void) | undefined;
  #failed = false;
  #last = new Promise<IDataChannel>((resolve) => {
    this.#attach = resolve;
  });

  attach(consumer: IDataChannel): void {
    this.#attach?.(consumer);
  }

  add(deliver: (consumer: IDataChannel) => void | Promise<void>): void {
    this.#last = this.#last.then(async (consumer) => {
      try {
        if (!this.#failed) await deliver(consumer);
      } catch (error) {
        this.#failed = true;
        consumer.onError(error);
      }
      return consumer;
    });
  }
}

/**
 * The connection on which a worker receives elements. It replaces the SDK's way of receiving, which
 * does not wait until one message is handled before it handles the next: an end mark in a separate
 * message overtakes the elements before it, which are then lost without an error, as are
 * elements that arrive at the moment at which a bundle starts. The SDK also keeps a map for each
 * bundle forever.
 */
class OrderedDataChannel extends MultiplexingDataChannel {
  readonly #inputs = new Map<string, Map<string, Input>>();
  readonly #failedBundles = new Set<string>();

  constructor(endpoint: string, workerId: string) {
    super(endpoint, workerId);
    this.dataChannel.removeAllListeners('data').on('data', (elements) => this.#receive(elements));
  }

  override async registerConsumer(
    bundleId: string,
    transformId: string,
    consumer: IDataChannel,
  ): Promise<void> {
    this.#input(bundleId, transformId).attach(consumer);
  }

  /** A bundle is forgotten as a whole, when the worker responds to it. */
  override unregisterConsumer(): void {}

  /** Drops what is left of a bundle that is over. */
  forget(bundleId: string, failed: boolean): void {
    this.#inputs.delete(bundleId);
    if (!failed) return;
    this.#failedBundles.add(bundleId);
    const [oldest] = this.#failedBundles;
    if (oldest !== undefined && this.#failedBundles.size > FAILED_BUNDLES)
      this.#failedBundles.delete(oldest);
  }

  #receive({ data, timers }: Elements): void {
    for (const { instructionId, transformId, data: elements, isLast } of data) {
      if (this.#failedBundles.has(instructionId)) continue;
      const input = this.#input(instructionId, transformId);
      if (elements.length > 0) input.add((consumer) => consumer.sendData(elements));
      if (isLast) input.add((consumer) => consumer.close());
    }
    for (const { instructionId, transformId, timerFamilyId, timers: some, isLast } of timers) {
      if (this.#failedBundles.has(instructionId)) continue;
      const input = this.#input(instructionId, transformId);
      input.add((consumer) => consumer.sendTimers(timerFamilyId, some));
      if (isLast) input.add((consumer) => consumer.close());
    }
  }

  #input(bundleId: string, transformId: string): Input {
    const bundle = this.#inputs.get(bundleId) ?? new Map<string, Input>();
    this.#inputs.set(bundleId, bundle);
    const input = bundle.get(transformId) ?? new Input();
    bundle.set(transformId, input);
    return input;
  }
}

Worker.prototype.getDataChannel = function (endpoint) {
  const known = this.dataChannels.get(endpoint);
  if (known) return known;
  const { id } = this as unknown as { id: string };
  const channel = new OrderedDataChannel(endpoint, id);
  this.dataChannels.set(endpoint, channel);
  return channel;
};

const { respond } = Worker.prototype;
Worker.prototype.respond = function (response) {
  for (const channel of this.dataChannels.values()) {
    if (channel instanceof OrderedDataChannel)
      channel.forget(response.instructionId, response.error !== '');
  }
  return respond.call(this, response);
};

import 'apache-beam';
import { requireAsSdk } from './sdk-dependencies';

const { BinaryReader } = requireAsSdk(
  '@protobuf-ts/runtime',
) as typeof import('@protobuf-ts/runtime');

/**
 * The SDK's build broke the code that skips a field which its protos do not have: that code reads a
 * variable `wireType` that is no longer declared anywhere, so that a message from a newer Beam ends
 * the process with a ReferenceError. The variable exists here, as a global one, and always belongs
 * to the tag that was read last.
 */
const { tag } = BinaryReader.prototype;
BinaryReader.prototype.tag = function () {
  const [fieldNumber, wireType] = tag.call(this);
  Object.assign(globalThis, { wireType });
  return [fieldNumber, wireType];
};

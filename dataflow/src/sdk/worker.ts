/** Loaded by workers alone, before they run steps: repairs of the SDK, each with its reason. */
import './beam';
import './patches/data-channel';
import './patches/data-sink';
import './patches/exit';
import './patches/message-size';
import './patches/requests';

// The SDK prints every request that it receives, and the runner would log, and charge for, each of
// them. Our own messages go to console.warn and console.error, which the SDK forwards to the
// runner's logs.
console.log = () => undefined;
console.debug = () => undefined;

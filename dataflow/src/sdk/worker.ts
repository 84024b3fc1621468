/** Loaded by workers alone, with the modules that the steps are in. */

// The SDK prints every request that it gets, and the runner would log, and charge for, each. Our own messages go to
// console.warn and console.error, which the SDK forwards to the runner's logs.
console.log = () => undefined;
console.debug = () => undefined;

/** Thrown for what a person can cure; the message says how, in a line. */
export class DeployError extends Error {
  name = 'DeployError';
}

/** Thrown where a command fails. */
export class CommandError extends DeployError {
  name = 'CommandError';
  /** All that it said, for a person to read. */
  log;

  /**
   * @param {string} message
   * @param {string} log
   */
  constructor(message, log) {
    super(message);
    this.log = log.trim();
  }
}

/** Thrown for a mistake in the call. */
export class UsageError extends DeployError {
  name = 'UsageError';
}

/** Why work was given up: Ctrl-C, or another signal. */
export class InterruptedError extends Error {
  name = 'InterruptedError';
  /** The exit code of a process that a signal ends, as shells have it. */
  exitCode;

  /**
   * @param {string} signalName
   * @param {number} signalNumber
   */
  constructor(signalName, signalNumber) {
    super(`interrupted by ${signalName}`);
    this.exitCode = 128 + signalNumber;
  }
}

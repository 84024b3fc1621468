/** Code that the project's commands share. */
export { type Clock, systemClock } from './clock.js';
export {
  CommandError,
  OperationalError,
  type OperationalErrorOptions,
  UsageError,
} from './errors.js';
export { freePort } from './free-port.js';
export { parseFlags } from './parse-flags.js';
export { HAS_GROUPS, killOnExit, signalGroup } from './process-group.js';
export { checkProjectId } from './project-id.js';
export { lastLines, type Output, type RunOptions, run, startError } from './run.js';
export { runCommand } from './run-command.js';
export { userPath } from './user-path.js';

/** What the project's commands share. */
export { CommandError, UsageError, UserError, type UserErrorOptions } from './errors';
export { freePort } from './free-port';
export { parseFlags } from './parse-flags';
export { HAS_GROUPS, killOnExit, signalGroup } from './process-group';
export { checkProjectId } from './project-id';
export { lastLines, type Output, type RunOptions, run, startError } from './run';
export { runCommand } from './run-command';

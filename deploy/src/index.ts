/** The parts of deploy.mjs and bootstrap.mjs. */
export { OperationalError, runCommand } from 'iex-cli';
export { readBootstrapOptions } from './bootstrap.js';
export { type BucketPlan, ensureBucket, planBuckets } from './buckets.js';
export { NO_CODE, uploadCode } from './code.js';
export {
  apply,
  approve,
  check,
  init,
  isApplicable,
  plan,
  waitForJobs,
} from './deployment.js';
export { instructionsOf } from './github/instructions.js';
export { setUpGitHub } from './github/set-up.js';
export { openStorage } from './google.js';
export { showPlan } from './plan-view.js';
export { applySavedPlan, savePlan } from './saved-plan.js';
export { type Session, withSession } from './session.js';
export { withSteps } from './steps.js';
export { storeToken } from './token.js';

/** What templates are built with, for those that run the same parts elsewhere. */
export { expansionServiceJar, startExpansionService } from './expansion-service';
export { pythonWithBeam } from './python';

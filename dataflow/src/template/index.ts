/** Building the templates, and what they are built with, for those that run the same parts elsewhere. */
export { expansionServiceJar, startExpansionService } from './expansion-service';
export { deployedResolutions } from './infrastructure';
export { jobsOf, LAYOUTS, type Layout } from './jobs';
export { prepareTemplates, type TemplateSettings, type Templates } from './prepare-templates';
export { pythonWithBeam } from './python';
export { templateFolder } from './write-templates';

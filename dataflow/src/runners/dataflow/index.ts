/** Building the templates, and what they are built with, for those that run the same parts elsewhere. */
export { expansionServiceJar, startExpansionService } from './expansion-service';
export { prepareTemplates, type TemplateSettings, type Templates } from './prepare-templates';
export { pythonWithBeam } from './python';
export { templateFolder } from './write-templates';

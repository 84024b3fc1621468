/** Builds the Dataflow templates; also exports the parts that other runners need. */
export { expansionServiceJar, startExpansionService } from './expansion-service';
export { prepareTemplates, type Templates, templateFolder } from './prepare-templates';
export { pythonWithBeam } from './python';
export type { TemplateSettings } from './template-options';

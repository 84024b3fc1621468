/** Builds the Dataflow templates; also exports the parts that other runners need. */
export { expansionServiceJar, startExpansionService } from './expansion-service';
export type { Layout } from './jobs';
export { pythonWithBeam } from './python';
export type { Template, TemplateSettings } from './template-options';
export {
  type WriteOptions,
  type WrittenTemplates,
  writeTemplates,
} from './write-templates';

import { jobsOf } from 'iex-contract';
import { deployedTables } from '../../io/tables';
import { shortHash } from '../../tools/cache';
import { prepareParts } from './parts';
import type { TemplateSettings } from './template-options';
import { writeTemplates } from './write-templates';

/** Templates that are ready to be written. */
export interface Templates {
  /** Identifies their content: 16 hexadecimal digits. */
  version: string;
  /**
   * gs://BUCKET/OBJECT of each job's template. It contains the version: no upload replaces a
   * template in use.
   */
  locations: string[];
  /**
   * Writes the templates, and every file that they refer to, into a folder: the object
   * gs://BUCKET/OBJECT as the file BUCKET/OBJECT. Upload all of them, the templates last, so that a
   * template always finds the files that it refers to. Calls no Google Cloud API.
   *
   * @param folder is created if it does not exist
   * @throws {OperationalError} if Java or Python fails
   */
  write(folder: string): Promise<void>;
}

/** The folder of the templates of a version. */
export const templateFolder = ({ base, version }: { base: string; version: string }) =>
  `${base}/templates/${version}`;

/**
 * Builds the parts of classic Dataflow templates that do not exist yet, which takes minutes the
 * first time, and derives the templates' version from them.
 *
 * @param scratch folder for intermediate files, which `write` needs too
 * @param onProgress called with one line for each part that is ready
 * @throws {OperationalError} if npm, Java, Maven or Python is missing or fails
 */
export async function prepareTemplates(
  settings: TemplateSettings,
  scratch: string,
  onProgress: (line: string) => void,
): Promise<Templates> {
  const { base, layout, resolutions } = settings;
  const jobs = jobsOf(layout, resolutions);
  const parts = await prepareParts(scratch, (part) => onProgress(`${part}: ready`));
  const version = templatesVersion(parts.version, settings);
  const folder = templateFolder({ base, version });
  const templates = jobs.map((job) => ({ job, version, location: `${folder}/${job.name}` }));
  return {
    version,
    locations: templates.map(({ location }) => location),
    write: (folder) => writeTemplates(templates, settings, parts, folder, scratch),
  };
}

/** The version of templates: changes with the parts, and with each setting that is in them. */
export function templatesVersion(partsVersion: string, settings: TemplateSettings): string {
  const { project, region, base, layout, resolutions, machineType, workerImage } = settings;
  const jobs = jobsOf(layout, resolutions);
  const tables = deployedTables(project);
  const content = { project, region, base, machineType, workerImage, jobs, tables };
  return shortHash(partsVersion, JSON.stringify(content));
}

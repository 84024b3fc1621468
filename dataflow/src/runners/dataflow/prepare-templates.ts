import { shortHash } from '../../tools/cache';
import { deployedTables } from './infrastructure';
import { jobsOf, type Layout } from './jobs';
import { prepareParts } from './parts';
import { templateLocation, writeTemplates } from './write-templates';

/** What templates are for. */
export interface TemplateSettings {
  project: string;
  region: string;
  /** gs://BUCKET/FOLDER, which takes the templates and all that they stage. */
  base: string;
  layout: Layout;
  /** Lengths of the sliding windows, in minutes. */
  resolutions: readonly number[];
  /** An image for the steps that has their packages, instead of the SDK's, which installs them. */
  workerImage: string | undefined;
}

/** Templates that can be written. */
export interface Templates {
  /** Identifies their content: 16 hexadecimal digits. */
  version: string;
  /** gs://BUCKET/OBJECT, one for each job. The version is part of it, so that new content has a new place. */
  locations: string[];
  /**
   * Writes them, and all that they stage, into a folder: gs://BUCKET/OBJECT as BUCKET/OBJECT.
   *
   * @throws {ToolError} if one of the programs that take part fails
   */
  write(folder: string): Promise<void>;
}

/**
 * Builds what templates are made of, as far as it is not there yet, and so finds their version.
 *
 * @param scratch a folder for what is needed on the way
 * @param onProgress called with what is done
 * @throws {ToolError} if npm, Java, Maven or Python is missing, or fails
 */
export async function prepareTemplates(
  settings: TemplateSettings,
  scratch: string,
  onProgress: (what: string) => void,
): Promise<Templates> {
  const { project, region, base, layout, resolutions, workerImage } = settings;
  const jobs = jobsOf(layout, resolutions);
  const parts = await prepareParts(scratch, (what) => onProgress(`${what}: ready`));
  const content = { project, region, base, workerImage, jobs, tables: deployedTables(project) };
  const version = shortHash(parts.version, JSON.stringify(content));
  const target = { project, region, base, version, workerImage };
  return {
    version,
    locations: jobs.map((job) => templateLocation(target, job)),
    write: (folder) => writeTemplates(jobs, target, parts, folder, scratch),
  };
}

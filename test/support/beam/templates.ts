import { rmSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { template } from '../template-command.js';

/** What the templates of these tests are written for. */
export const TARGET = [
  '--project',
  'test-project',
  '--region',
  'europe-west2',
  '--bucket',
  'test-bucket',
] as const;

/** A template, and the pipeline that it starts. */
export interface GeneratedTemplate {
  /** The job's name. */
  name: string;
  /** The template's JSON. */
  environment: { sdkPipelineOptions: { options: Record<string, unknown> } };
  /** The file with the pipeline's proto. */
  pipelineFile: string;
}

let generated: Promise<GeneratedTemplate[]> | undefined;

/** The templates of both layouts, as the command writes them, once for all tests. */
export function generatedTemplates(): Promise<GeneratedTemplate[]> {
  generated ??= generate();
  return generated;
}

async function generate(): Promise<GeneratedTemplate[]> {
  const folder = await mkdtemp(join(tmpdir(), 'iex-stream-templates-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const templates: GeneratedTemplate[] = [];
  for (const layout of ['per_resolution', 'single']) {
    const output = join(folder, layout);
    const args = [...TARGET, '--layout', layout, '--output', output];
    const { code, stdout, stderr } = await template(args);
    if (code !== 0) throw new Error(stderr);
    const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    for (const location of result.templates as string[]) {
      const { environment } = JSON.parse(await readFile(fileOf(location, output), 'utf8'));
      const { pipelineUrl } = environment.sdkPipelineOptions.options;
      const pipelineFile = fileOf(pipelineUrl, output);
      templates.push({ name: basename(location), environment, pipelineFile });
    }
  }
  return templates;
}

/** The file in an output folder that stands for an object. */
const fileOf = (location: string, output: string) =>
  join(output, location.replace(/^gs:\/\/|^storage\.googleapis\.com\//, ''));

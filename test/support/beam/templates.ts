import { rmSync } from 'node:fs';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
    const { code, stderr } = await template([...TARGET, '--layout', layout, '--output', output]);
    if (code !== 0) throw new Error(stderr);
    const files = join(output, 'test-bucket/dataflow/templates');
    for (const name of await readdir(files)) {
      const { environment } = JSON.parse(await readFile(join(files, name), 'utf8'));
      const url: string = environment.sdkPipelineOptions.options.pipelineUrl;
      const pipelineFile = join(output, url.replace(/^gs:\/\/|^storage\.googleapis\.com\//, ''));
      templates.push({ name, environment, pipelineFile });
    }
  }
  return templates;
}

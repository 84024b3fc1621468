#!/usr/bin/env node
/** The command that writes the Dataflow templates: `npm run template`. */
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployedTables } from './runners/dataflow/infrastructure';
import { jobsOf } from './runners/dataflow/jobs';
import { HELP, readOptions, type TemplateOptions, UsageError } from './runners/dataflow/options';
import { prepareParts } from './runners/dataflow/parts';
import { arePublished, publish } from './runners/dataflow/publish';
import { templateLocation, writeTemplates } from './runners/dataflow/write-templates';
import { shortHash } from './tools/cache';
import { ToolError } from './tools/tool-error';

/** Progress goes to standard error, because the result is on standard output. */
const tell = (what: string) => console.error(what);

async function main(options: TemplateOptions, scratch: string): Promise<void> {
  const { project, region, layout, resolutions, folder, base, workerImage } = options;
  const jobs = jobsOf(layout, resolutions);
  const parts = await prepareParts(scratch, (what) => tell(`${what}: ready`));
  const settings = { project, region, base, workerImage, jobs, tables: deployedTables(project) };
  const version = shortHash(parts.version, JSON.stringify(settings));
  const target = { project, region, base, version, workerImage };
  const templates = jobs.map((job) => templateLocation(target, job));
  const result = JSON.stringify({ version, templates });

  if (!folder && (await arePublished(project, templates, version))) {
    tell('templates: unchanged');
    console.log(result);
    return;
  }
  const files = folder ?? join(scratch, 'files');
  await mkdir(files, { recursive: true });
  await writeTemplates(jobs, target, parts, files, scratch);
  if (folder) tell(`templates: in ${folder}`);
  else await publish(project, files, templates, version, tell);
  console.log(result);
}

async function runCommand(): Promise<number> {
  let options: TemplateOptions | undefined;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    return 2;
  }
  if (!options) {
    console.log(HELP);
    return 0;
  }
  const scratch = await mkdtemp(join(tmpdir(), 'iex-template-'));
  // Also where a signal ends the process.
  process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
  try {
    await main(options, scratch);
    return 0;
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    console.error(error.message);
    return 1;
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // What was started ends with this process.
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}
// The SDK says there what it does.
console.debug = () => undefined;
void runCommand().then((exitCode) => {
  // Not process.exitCode: the SDK leaves connections to the expansion service open, which would keep the process.
  process.exit(exitCode);
});

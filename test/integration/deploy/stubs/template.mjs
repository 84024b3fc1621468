/** Replaces `iex-dataflow/template`: builds nothing. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from 'iex-cli';
import { jobsOf } from 'iex-contract';

/** @type {typeof import('iex-dataflow/template').templateFolder} */
export const templateFolder = ({ base, version }) => `${base}/templates/${version}`;

/**
 * The version is the output of the stand-in program `build-templates`, which gets the settings.
 *
 * @type {typeof import('iex-dataflow/template').prepareTemplates}
 */
export async function prepareTemplates(settings, _scratch, onProgress) {
  const { stdout: version } = await run('build-templates', [JSON.stringify(settings)], {
    onLine: onProgress,
  });
  const folder = templateFolder({ base: settings.base, version });
  const locations = jobsOf(settings.layout, settings.resolutions).map(
    ({ name }) => `${folder}/${name}`,
  );
  const staged = `${settings.base}/staging/packages-${version}.tgz`;
  return {
    version,
    locations,
    async write(target) {
      for (const location of [...locations, staged]) {
        const file = join(target, location.slice('gs://'.length));
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, version);
      }
    },
  };
}

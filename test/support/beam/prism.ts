import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from 'iex-cli';
import { cachedFolder } from 'iex-dataflow/src/tools/cache';
import { type Service, startService } from 'iex-dataflow/src/tools/service';

/** Has the `go.mod` that pins Prism. */
const PRISM = fileURLToPath(new URL('prism', import.meta.url));
const PRISM_PACKAGE = 'github.com/apache/beam/sdks/v2/go/cmd/prism';

/** Builds Prism once, which takes minutes. */
export const builtPrism = () =>
  cachedFolder('prism', join(PRISM, 'go.mod'), async (target) => {
    await run('go', ['build', '-trimpath', '-o', join(target, 'prism'), PRISM_PACKAGE], {
      cwd: PRISM,
      env: { CGO_ENABLED: '0' },
    });
  });

/**
 * Starts Prism, Beam's runner for one machine in Go.
 *
 * @param folder takes its log
 */
export async function startPrism(folder: string): Promise<Service> {
  const built = await builtPrism();
  return await startService({
    name: 'Prism',
    command: join(built, 'prism'),
    args: (port) => [`--job_port=${port}`, '--serve_http=false', '--idle_shutdown_timeout=-1s'],
    logFile: join(folder, 'prism.log'),
  });
}

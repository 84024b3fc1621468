import 'apache-beam';

interface ArtifactClient {
  resolveArtifacts(request: object): { response: Promise<{ replacements: object[] }> };
}

/**
 * The SDK downloads every file that Java's transforms need from the expansion service, and renames
 * small files before they are written. The service runs on this machine, so its files stay where
 * they are.
 */
async function* resolveArtifacts(
  client: ArtifactClient,
  artifacts: Iterable<object>,
): AsyncIterable<object> {
  const request = { artifacts: [...artifacts], preferredUrns: [] };
  yield* (await client.resolveArtifacts(request).response).replacements;
}

Object.assign(require('apache-beam/runners/artifacts'), { resolveArtifacts });

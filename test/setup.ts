/** Loaded in each process that runs tests, before them. */
import { openSharedFolders } from 'iex-test/support/shared-folder';

// Beam's SDK logs each bundle there.
console.debug = () => undefined;
// The pipeline logs refused messages there, which are many here.
console.warn = () => undefined;
// Otherwise Google's clients look for a metadata server, and warn if there is none.
process.env.METADATA_SERVER_DETECTION = 'none';
openSharedFolders();

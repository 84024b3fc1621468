import { expect } from 'chai';
import { networkEnvironment, partEnvironment, takeEnvironment } from 'iex-local/environment';

/** The variables of a shell that is used for other work. */
const SHELL = {
  PATH: '/bin',
  TMPDIR: '/t',
  LANG: 'C.UTF-8',
  SystemRoot: 'C:\\Windows',
  HOME: '/users/somebody',
  PUBSUB_PROJECT_ID: 'other',
  GCLOUD_PROJECT: 'other',
  GOOGLE_CLOUD_PROJECT: 'other',
  GOOGLE_APPLICATION_CREDENTIALS: '/missing',
  GOOGLE_CLOUD_UNIVERSE_DOMAIN: 'example.com',
  LOG_LEVEL: 'verbose',
  NODE_ENV: 'production',
  NODE_OPTIONS: '--inspect',
  FUNCTION_TARGET: 'other',
  FUNCTION_SIGNATURE_TYPE: 'http',
  PORT: '1',
  K_SERVICE: 'other',
  BEAM_FLAG: '1',
  TZ: 'Asia/Tokyo',
  DEBUG: '*',
  GRPC_TRACE: 'all',
  http_proxy: 'http://proxy:1',
  HTTPS_PROXY: 'http://proxy:2',
  all_proxy: 'http://proxy:3',
  grpc_proxy: 'http://proxy:4',
};

describe('the environment of a part', () => {
  it('has the variables that a process needs and those of the part, and no others of the shell', () => {
    expect(partEnvironment(SHELL, { GOOGLE_CLOUD_PROJECT: 'iex-local' })).to.deep.equal({
      PATH: '/bin',
      TMPDIR: '/t',
      LANG: 'C.UTF-8',
      SystemRoot: 'C:\\Windows',
      METADATA_SERVER_DETECTION: 'none',
      GOOGLE_CLOUD_PROJECT: 'iex-local',
    });
  });

  describe('for a host on the internet', () => {
    it('has the proxies, but not for loopback', () => {
      expect(networkEnvironment(SHELL)).to.deep.equal({
        HTTP_PROXY: 'http://proxy:1',
        HTTPS_PROXY: 'http://proxy:2',
        ALL_PROXY: 'http://proxy:3',
        NO_PROXY: 'localhost,127.0.0.1,::1',
        no_grpc_proxy: 'localhost,127.0.0.1,::1',
      });
    });

    it('keeps exceptions and certificates, and prefers lower case, as curl does', () => {
      const shell = {
        https_proxy: 'http://lower:1',
        HTTPS_PROXY: 'http://upper:1',
        no_proxy: 'example.com,.internal',
        NODE_EXTRA_CA_CERTS: '/ca.pem',
        PUBSUB_EMULATOR_HOST: 'emulator:8085',
      };
      expect(networkEnvironment(shell)).to.deep.equal({
        HTTPS_PROXY: 'http://lower:1',
        NO_PROXY: 'localhost,127.0.0.1,::1,example.com,.internal',
        NODE_EXTRA_CA_CERTS: '/ca.pem',
        no_grpc_proxy: 'localhost,127.0.0.1,::1,emulator',
      });
    });

    it('has no variable from which gRPC would take a proxy', () => {
      const names = Object.keys(networkEnvironment(SHELL));
      expect(names).not.to.include.members(['grpc_proxy', 'https_proxy', 'http_proxy']);
    });
  });

  it('remains as the environment of this process, with the variables that the terminal needs', () => {
    const before = { ...process.env };
    try {
      Object.assign(process.env, SHELL, { TERM: 'xterm', NO_COLOR: '1' });
      const shell = takeEnvironment();
      expect(shell).to.include(SHELL);
      expect(process.env).to.include({ PATH: '/bin', TERM: 'xterm', NO_COLOR: '1' });
      for (const name of ['grpc_proxy', 'PUBSUB_PROJECT_ID', 'HOME', 'GOOGLE_CLOUD_PROJECT']) {
        expect(process.env[name], name).to.equal(undefined);
      }
    } finally {
      for (const name of Object.keys(process.env)) delete process.env[name];
      Object.assign(process.env, before);
    }
  });
});

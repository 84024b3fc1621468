import { expect } from 'chai';
import { userPath } from 'iex-cli/user-path';

describe('userPath', () => {
  const npm = { INIT_CWD: '/project/sub', npm_package_json: '/project/package.json' };

  it('begins where the user stands when npm runs the command', () => {
    expect(userPath('out', npm, '/project')).to.equal('/project/sub/out');
    expect(userPath('../q.jsonl', npm, '/project')).to.equal('/project/q.jsonl');
  });

  it('begins in the working folder when the command is called by itself', () => {
    expect(userPath('out', {}, '/elsewhere')).to.equal('/elsewhere/out');
  });

  it('pays no attention to an npm further up that has started a shell', () => {
    expect(userPath('out', npm, '/elsewhere')).to.equal('/elsewhere/out');
  });

  it('follows other package managers, which have INIT_CWD only', () => {
    expect(userPath('out', { INIT_CWD: '/project/sub' }, '/project')).to.equal('/project/sub/out');
  });

  it('leaves an absolute path as it is', () => {
    expect(userPath('/data', npm, '/project')).to.equal('/data');
  });
});

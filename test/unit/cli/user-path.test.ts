import { expect } from 'chai';
import { userPath } from 'iex-cli/user-path';

describe('userPath', () => {
  const npm = { INIT_CWD: '/project/sub', npm_package_json: '/project/package.json' };

  it('starts at the current folder of the user when npm runs the command', () => {
    expect(userPath('out', npm, '/project')).to.equal('/project/sub/out');
    expect(userPath('../q.jsonl', npm, '/project')).to.equal('/project/q.jsonl');
  });

  it('starts at the working folder when the command is called directly', () => {
    expect(userPath('out', {}, '/elsewhere')).to.equal('/elsewhere/out');
  });

  it('ignores an npm process further up that has started a shell', () => {
    expect(userPath('out', npm, '/elsewhere')).to.equal('/elsewhere/out');
  });

  it('follows other package managers, which have INIT_CWD only', () => {
    expect(userPath('out', { INIT_CWD: '/project/sub' }, '/project')).to.equal('/project/sub/out');
  });

  it('does not change an absolute path', () => {
    expect(userPath('/data', npm, '/project')).to.equal('/data');
  });
});

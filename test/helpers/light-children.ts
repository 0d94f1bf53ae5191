// Loaded before each test file, see .taprc. tap puts its module loader into every process that a test starts, where it
// costs half a second of computing; Node itself notes down for a tenth of that which lines have run.
import { join } from 'node:path';
import processOnSpawn from 'process-on-spawn';

const TAP_LOADER = /"?--import=[^\s"]*\/@tapjs\/processinfo\/[^\s"]*"?/g;
/** Where tap gathers what all processes have noted down; a file that is run without tap has none. */
const root = process.env['_TAPJS_PROCESSINFO_CWD_'];

if (root !== undefined)
  processOnSpawn.addListener((child) => {
    const options = child.env['NODE_OPTIONS'] ?? '';
    child.env = {
      ...child.env,
      NODE_OPTIONS: options.replaceAll(TAP_LOADER, '').trim(),
      ...(process.env['_TAPJS_PROCESSINFO_COVERAGE_'] !== '0' && {
        NODE_V8_COVERAGE: join(root, '.tap', 'coverage'),
      }),
    };
  });

// npm run docs: writes the pages that are made from the program's own tables.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/config/index.js';
import { configurationPage } from './configuration-page.js';
import { instrumentsPage } from './instruments-page.js';

writeFileSync(join(packageRoot, 'docs', 'configuration.md'), configurationPage());
writeFileSync(join(packageRoot, 'docs', 'instruments.md'), instrumentsPage());

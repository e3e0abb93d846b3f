import { useBackend } from '@tapehead/backend';
import { numbers } from './numbers.js';

await useBackend('cpu');
process.stdout.write(JSON.stringify(await numbers('reference')));

const { useBackend } = require('@tapehead/backend');
const { numbers } = require('./numbers.js');

useBackend('cpu')
  .then(() => numbers('reference'))
  .then((computed) => process.stdout.write(JSON.stringify(computed)));

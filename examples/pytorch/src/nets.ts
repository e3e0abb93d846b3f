import { type Engine, NTM, type NtmConfig } from '@tapehead/ntm';
import { restoreParameters, type TrainingState } from '@tapehead/training';

/** The net of a configuration in a file, with the parameters of the file. */
export function netOf(
  config: object | undefined,
  parameters: TrainingState['parameters'],
  engine: Engine,
): NTM {
  if (!isConfig(config)) throw new Error('the file has no net with a built-in controller');
  const net = NTM.build({ ...config, engine });
  restoreParameters(net, parameters);
  return net;
}

/** `NTM.build` checks the values. */
function isConfig(config: object | undefined): config is NtmConfig & { controller: 'lstm' | 'feedforward' } {
  return config !== undefined && 'controller' in config && config.controller !== 'own';
}

/** The three nets of the paper: a Neural Turing Machine with either controller, and an LSTM alone. */
export const modelNames = ['lstm', 'ntm-feedforward', 'ntm-lstm'] as const;
export type ModelName = (typeof modelNames)[number];
/** A net of the paper, or the model that the module of a task exports. */
export const netKinds = [...modelNames, 'own'] as const;
export type NetKind = (typeof netKinds)[number];
export type ControllerName = 'lstm' | 'feedforward';

export function ntmWith(controller: ControllerName): ModelName {
  return `ntm-${controller}`;
}

/** The model of a net's configuration, as a checkpoint carries it. */
export function modelOfConfig(config: object | undefined): ModelName | undefined {
  if (config === undefined) return undefined;
  if ('model' in config) return config.model === 'lstm' ? 'lstm' : undefined;
  if (!('controller' in config)) return undefined;
  const { controller } = config;
  return controller === 'lstm' || controller === 'feedforward' ? ntmWith(controller) : undefined;
}

/** The nets that `speed` compares. */
export const netNames = ['ntm', 'dnc', 'gru-ntm', 'lstm'] as const;
export type NetName = (typeof netNames)[number];

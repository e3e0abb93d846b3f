/** Why a step cannot be compiled, though the loop can run it. */
export class Obstacle extends Error {
  override readonly name = 'Obstacle';

  constructor(readonly reason: string) {
    super(reason);
  }
}

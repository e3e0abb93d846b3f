/** Why a backend is not there, with advice of its own. */
export class Missing extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

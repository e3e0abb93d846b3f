/** A module of the user cannot be used: it cannot be imported, or what it exports fails. */
export class ModuleError extends Error {
  override readonly name = 'ModuleError';
}

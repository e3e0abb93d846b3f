import type { ResolveHook } from 'node:module';

/** The packages that this program brings. */
const brought = /^@(tapehead|tensorflow)\//;

/**
 * Resolves an import as Node does. A package that Node does not find from the module of a task is taken from the
 * installation of this program, where it has it.
 */
export const resolve: ResolveHook = async (specifier, context, next) => {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!brought.test(specifier)) throw error;
    return next(specifier, { ...context, parentURL: import.meta.url });
  }
};

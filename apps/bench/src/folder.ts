/** The folder of this program, which holds what is not bundled: pages and programs in other languages. */
export const folder = new URL('../', import.meta.url);

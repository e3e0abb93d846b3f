/** Whether a text names a file of code, and not a task of @tapehead/tasks. */
export function isModulePath(text: string): boolean {
  return /[/\\]/.test(text) || /\.[cm]?[jt]s$/.test(text);
}

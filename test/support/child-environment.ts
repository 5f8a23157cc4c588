/** What a process that a test starts may know of the machine: where programs are, and nothing that would change what it does. */
export function childEnvironment(env: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  // What was compiled for one process serves the next: half a second of computing a start.
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  return { PATH, HOME, NODE_COMPILE_CACHE, ...env };
}

/** Those who are measured against, from bench/package.json: nobody has them installed who does not measure. */

/** @param name Of the package. Its types are unknown here, so that the project can be checked without it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- see above
export async function peer(name: string): Promise<any> {
  return await import(name).catch((cause: unknown) => {
    throw new Error(`${name} is missing: run "npm ci --prefix bench" first`, { cause });
  });
}

/** Errors about a name that the bridge does not know, with the name that was probably meant. */
import { BridgeError } from '../errors.ts';
import { didYouMean } from '../validation.ts';
import { pathTo, type BridgeApi } from './bridge-api.ts';
import { CommandError } from './command-error.ts';
import { EXIT_CODE } from './exit-code.ts';
import { syncsSchema } from './run-schema.ts';

async function syncNames(api: BridgeApi): Promise<string[]> {
  return (await api.ask('GET', pathTo('syncs'), syncsSchema)).syncs.map(({ name }) => name);
}

function noSync(name: string, known: readonly string[]): CommandError {
  const meant = didYouMean(name, known);
  const names = known.length === 0 ? 'none that this key may see' : known.join(', ');
  return new CommandError(
    meant === undefined
      ? `There is no sync "${name}"`
      : `There is no sync "${name}"; did you mean "${meant}"?`,
    {
      exitCode: EXIT_CODE.usage,
      lines: [`  Syncs: ${names}`],
      remedy:
        known.length === 0 ? 'add one to the configuration, then "pcbridge apply"' : 'pcbridge sync list',
    },
  );
}

/** Does what asks the bridge about the sync of that name. @throws CommandError where there is none. */
export async function ofSync<Answer>(
  api: BridgeApi,
  name: string,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof BridgeError) || error.code !== 'not_found') throw error;
    const known = await syncNames(api);
    throw known.includes(name) ? error : noSync(name, known);
  }
}

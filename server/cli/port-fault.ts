/** A port that could not be had, in plain words. Pure. */
import { CommandError } from './command-error.ts';
import { EXIT_CODE } from './exit-code.ts';

const CHOOSE_ANOTHER = 'choose another port: PORT for the bridge, --port for the sandbox';

const FAULTS: Record<string, { says: string; remedy: string }> = {
  EADDRINUSE: {
    says: 'is in use by another program',
    remedy: `stop that program, or ${CHOOSE_ANOTHER}`,
  },
  EACCES: {
    says: 'may not be opened by this user',
    remedy: `ports below 1024 need special rights; ${CHOOSE_ANOTHER}`,
  },
  EADDRNOTAVAIL: {
    says: 'cannot be opened: this machine has no such address',
    remedy: 'set HOST to an address of this machine, to 127.0.0.1, or to 0.0.0.0 for all of them',
  },
};

const UNKNOWN_HOST: ReadonlySet<string | undefined> = new Set(['ENOTFOUND', 'EAI_AGAIN']);

/** The foreseen form of what the operating system said to a listener; undefined where it is something else. */
export function portFault(error: unknown): CommandError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, syscall, address, port, hostname } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
    hostname?: string;
  };
  if (syscall === 'getaddrinfo' && UNKNOWN_HOST.has(code)) {
    return new CommandError(`There is no address of the name ${hostname ?? 'of the host'}, to listen on`, {
      remedy: FAULTS.EADDRNOTAVAIL!.remedy,
      exitCode: EXIT_CODE.usage,
      cause: error,
    });
  }
  const fault = syscall === 'listen' ? FAULTS[code ?? ''] : undefined;
  if (fault === undefined) return undefined;
  const which = port === undefined ? 'A port' : `Port ${port}`;
  return new CommandError(`${which} of ${address ?? 'this machine'} ${fault.says}`, {
    remedy: fault.remedy,
    exitCode: EXIT_CODE.usage,
    cause: error,
  });
}

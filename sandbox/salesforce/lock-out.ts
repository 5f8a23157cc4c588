/** Salesforce's two brakes on sign-ins of a user: wrong passwords in a row, and sign-ins in an hour. */

const WRONG_PASSWORDS_MAX = 10;
const LOCKED_MINUTES = 15;
const SIGN_INS_PER_HOUR_MAX = 3600;
const HOUR_MS = 3_600_000;

export interface LockOutOptions {
  now: () => number;
  /** Wrong passwords in a row that lock a user. Default 10; `Infinity` for never. */
  wrongPasswordsMax?: number;
  /** Default 15; `Infinity` until unlocked. */
  lockedMinutes?: number;
  /** Default 3600. */
  signInsPerHourMax?: number;
}

export interface LockOut {
  isLocked(username: string): boolean;
  countWrongPassword(username: string): void;
  countRightPassword(username: string): void;
  wrongPasswords(username: string): number;
  unlock(username: string): void;
  /** Counts a sign-in. @returns true where it is one too many for this hour. */
  isTooOften(username: string): boolean;
}

interface Attempts {
  wrong: number;
  lockedUntilMs: number;
  hourStartedAtMs: number;
  signIns: number;
}

export function createLockOut(options: LockOutOptions): LockOut {
  const { now, wrongPasswordsMax = WRONG_PASSWORDS_MAX, lockedMinutes = LOCKED_MINUTES } = options;
  const signInsPerHourMax = options.signInsPerHourMax ?? SIGN_INS_PER_HOUR_MAX;
  const users = new Map<string, Attempts>();
  const of = (username: string): Attempts => {
    const known = users.get(username) ?? {
      wrong: 0,
      lockedUntilMs: -Infinity,
      hourStartedAtMs: now(),
      signIns: 0,
    };
    users.set(username, known);
    return known;
  };
  return {
    isLocked: (username) => of(username).lockedUntilMs > now(),
    countWrongPassword(username) {
      const attempts = of(username);
      attempts.wrong += 1;
      if (attempts.wrong < wrongPasswordsMax) return;
      attempts.wrong = 0;
      attempts.lockedUntilMs = now() + lockedMinutes * 60_000;
    },
    countRightPassword: (username) => void (of(username).wrong = 0),
    wrongPasswords: (username) => of(username).wrong,
    unlock: (username) => void users.delete(username),
    isTooOften(username) {
      const attempts = of(username);
      if (now() - attempts.hourStartedAtMs >= HOUR_MS)
        Object.assign(attempts, { hourStartedAtMs: now(), signIns: 0 });
      attempts.signIns += 1;
      return attempts.signIns > signInsPerHourMax;
    },
  };
}

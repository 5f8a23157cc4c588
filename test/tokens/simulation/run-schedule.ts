/** One schedule: a seed decides what kinds of trouble there are, what happens when, and in which order everything runs. */
import { BridgeError } from '../../../server/errors.ts';
import type { InvariantViolated } from './invariants.ts';
import type { UpstreamMode } from './simulated-upstream.ts';
import { createChance, type Chance } from './virtual-time.ts';
import { createWorld, type Instance, type Sabotage, type SimulatedConnection, type World } from './world.ts';

export interface ScheduleResult {
  seed: number;
  steps: number;
  grants: number;
  handouts: number;
  violations: readonly InvariantViolated[];
}

interface Trouble {
  upstream: boolean;
  store: boolean;
  kills: boolean;
  pauses: boolean;
  clocks: boolean;
  rejections: boolean;
  changes: boolean;
  smallBudget: boolean;
}

const ACTIONS = 14;
const CALL_SHARE = 0.6;
const TAIL_MS = 100_000; // calls wait for at most 30 s, and a pause lasts at most 60 s
const BACKOFF_MS_MAX = 60_000;
const LOCK_MS_MAX = 26_000; // 10 s of the request, 1 s of slack, 15 s to write
const STORE_CLOCK_BACK_MS_MAX = 4_000; // below the safety margin of 5 s
const UPSTREAM_MODES: readonly UpstreamMode[] = [
  'ok',
  'trouble',
  'throttled',
  'garbage',
  'hang',
  'unreachable',
  'refusing',
  'same token',
];

function drawTrouble(chance: Chance): Trouble {
  return {
    upstream: chance.is(0.6),
    store: chance.is(0.35),
    kills: chance.is(0.3),
    pauses: chance.is(0.2),
    clocks: chance.is(0.25),
    rejections: chance.is(0.4),
    changes: chance.is(0.3),
    smallBudget: chance.is(0.15),
  };
}

function drawConnection(chance: Chance, name: string, trouble: Trouble): SimulatedConnection {
  const lifeSeconds = chance.pick([60, 90, 300, 1_800]);
  return {
    name,
    credentialVersion: 1,
    lifeSeconds,
    tellsLife: chance.is(0.8),
    tokenLifetimeSeconds: Math.min(lifeSeconds, 600),
    timeoutSeconds: 10,
    login: { key: 'user', attemptsPerHourMax: trouble.smallBudget ? 4 : 1_000 },
  };
}

function call(
  world: World,
  instance: Instance,
  connection: string,
  onToken?: (generation: number) => void,
): void {
  const { chance, time, watch } = world;
  const askedSeconds = chance.pick([0, 0, 10, 30]);
  const waitMs = chance.pick([500, 8_000, 30_000]);
  const startedMs = time.nowMs();
  const knownVersion = instance.knownVersions.get(connection) ?? 1;
  const rejectedBefore = instance.rejected.get(connection) ?? 0;
  const controller = new AbortController();
  if (chance.is(0.1)) time.after(chance.between(0, 2_000), () => controller.abort());
  const request = { minimumLifetimeSeconds: askedSeconds, waitMs, signal: controller.signal };
  const ended = () => {
    const wasPaused = instance.pausedUntilMs > startedMs;
    if (instance.isAlive && !wasPaused) watch.callEnded({ connection, startedMs, waitMs });
  };
  instance.broker.getToken(connection, request).then(
    (handout) => {
      ended();
      const askedMs = askedSeconds * 1000;
      watch.handedOut({
        connection,
        instance: instance.name,
        askedMs,
        handout,
        knownVersion,
        rejectedBefore,
      });
      onToken?.(handout.generation);
    },
    (error: unknown) => {
      ended();
      if (error instanceof BridgeError ? error.code === 'internal_error' : !controller.signal.aborted) {
        watch.fail(
          'I0',
          `an error that nobody foresaw: ${String(error instanceof Error ? (error.stack ?? error) : error)}`,
        );
      }
    },
  );
}

/** A caller that uses its token and reports it where the upstream refuses it, or where it is simply wrong about that. */
function useAndReject(world: World, instance: Instance, connection: string): void {
  if (world.chance.is(0.5)) world.upstream.revokeAll(connection);
  call(world, instance, connection, (generation) => {
    world.time.after(world.chance.between(0, 500), () => {
      if (!instance.isAlive) return;
      void instance.broker.reject(connection, generation).then(({ invalidated }) => {
        const known = instance.rejected.get(connection) ?? 0;
        if (invalidated) instance.rejected.set(connection, Math.max(known, generation));
      });
    });
  });
}

function changeCredential(world: World, instance: Instance, name: string): void {
  const connection = world.connections.get(name)!;
  const credentialVersion = connection.credentialVersion + 1;
  world.connections.set(name, { ...connection, credentialVersion });
  const told = instance.broker.connectionChanged(name);
  instance.knownVersions.set(name, credentialVersion);
  told.catch(() => undefined);
}

function reset(instance: Instance, name: string): void {
  instance.broker.reset(name).catch(() => undefined);
}

function jumpClocks(world: World, instance: Instance): void {
  const { chance, storeClock } = world;
  if (chance.is(0.6)) instance.wallOffsetMs += chance.between(-3_600_000, 3_600_000);
  else if (chance.is(0.5)) storeClock.offsetMs += chance.between(0, 600_000);
  else storeClock.offsetMs -= chance.between(0, STORE_CLOCK_BACK_MS_MAX / 4);
}

function troubleStore(world: World, instance: Instance): void {
  const { chance, weather } = world;
  const kind = chance.between(0, 3);
  if (kind === 0) weather.isDown = !weather.isDown;
  if (kind === 1) weather.isSlow = !weather.isSlow;
  if (kind === 2) weather.losesNotices = !weather.losesNotices;
  if (kind === 3) instance.isCutOff = !instance.isCutOff;
  if (!weather.isDown && chance.is(0.5)) world.announceGaps();
}

function pause(world: World, instance: Instance): void {
  instance.pausedUntilMs = world.time.nowMs() + world.chance.between(1_000, 60_000);
}

function killOne(world: World, instance: Instance): void {
  world.kill(instance);
  const name = `${instance.name}'`;
  world.time.after(world.chance.between(0, 5_000), () => world.startInstance(name));
}

/** Whatever the regime of this schedule allows, drawn by chance. */
function troubles(world: World, trouble: Trouble, name: string): ((instance: Instance) => void)[] {
  const { chance, upstream } = world;
  return [
    ...(trouble.upstream ? [() => void (upstream.mode = chance.pick(UPSTREAM_MODES))] : []),
    ...(trouble.upstream ? [(instance: Instance) => reset(instance, name)] : []),
    ...(trouble.store ? [(instance: Instance) => troubleStore(world, instance)] : []),
    ...(trouble.kills ? [(instance: Instance) => killOne(world, instance)] : []),
    ...(trouble.pauses ? [(instance: Instance) => pause(world, instance)] : []),
    ...(trouble.clocks ? [(instance: Instance) => jumpClocks(world, instance)] : []),
    ...(trouble.rejections ? [(instance: Instance) => useAndReject(world, instance, name)] : []),
    ...(trouble.changes ? [(instance: Instance) => changeCredential(world, instance, name)] : []),
  ];
}

function act(world: World, trouble: Trouble): void {
  const { chance, instances, connections } = world;
  if (instances.length === 0) return;
  const instance = chance.pick(instances);
  const name = chance.pick([...connections.keys()]);
  const choices = troubles(world, trouble, name);
  if (choices.length === 0 || chance.is(CALL_SHARE)) {
    for (let callers = chance.pick([1, 1, 3]); callers > 0; callers -= 1)
      call(world, chance.pick(instances), name);
  } else chance.pick(choices)(instance);
}

function heal(world: World): void {
  world.upstream.mode = 'ok';
  world.weather.isDown = world.weather.isSlow = world.weather.losesNotices = false;
  for (const instance of world.instances) instance.isCutOff = false;
  if (world.instances.length === 0) world.startInstance('last');
}

/** I7: once everything is well, every connection has a token again within one step of the backoff and the life of a dead lock. */
async function recovers(world: World, name: string, trouble: Trouble): Promise<void> {
  const { time, watch, instances } = world;
  const healedMs = time.nowMs();
  const { broker } = instances[0]!;
  for (let tries = 0; tries < 12; tries += 1) {
    try {
      await broker.getToken(name, { waitMs: 60_000 });
      const tookMs = time.nowMs() - healedMs;
      if (tookMs > BACKOFF_MS_MAX + LOCK_MS_MAX && !trouble.smallBudget) {
        watch.fail('I7', `${name}: took ${tookMs} ms to recover`);
      }
      return;
    } catch (error) {
      if (!(error instanceof BridgeError)) throw error;
      if (error.code === 'credential_rejected') await broker.reset(name).catch(() => undefined);
      else await time.sleep((error.options.retryAfterSeconds ?? 1) * 1000);
    }
  }
  watch.fail('I7', `${name}: did not recover`);
}

/** I6: nothing is left behind, neither callers that wait nor connections beyond those that there are, nor work without end. */
async function leavesNothing(world: World): Promise<void> {
  for (const { broker, name } of world.instances) {
    if (broker.size() > world.connections.size)
      world.watch.fail('I6', `${name} holds ${broker.size()} connections`);
    for (const connection of world.connections.keys()) {
      const { waitingCallers } = await broker.state(connection);
      if (waitingCallers !== 0)
        world.watch.fail('I6', `${name} holds ${waitingCallers} callers of ${connection}`);
    }
    await broker.close(0);
  }
}

/** Runs `work` in virtual time until it and all its consequences have ended. */
async function inVirtualTime(world: World, work: () => Promise<void>): Promise<void> {
  let fault: unknown;
  const done = work().catch((error: unknown) => {
    fault = error ?? new Error('failed');
  });
  await world.time.run();
  if (fault !== undefined) throw fault as Error;
  await Promise.race([done, Promise.reject(new Error('the work never ended'))]);
}

export async function runSchedule(seed: number, sabotage: Sabotage = {}): Promise<ScheduleResult> {
  const chance = createChance(seed ^ 0x5bd1e995);
  const trouble = drawTrouble(chance);
  const world = createWorld(
    seed,
    {
      locksMayEndEarly: trouble.clocks || trouble.pauses,
      refusalsMayBeLost: trouble.kills || trouble.pauses || trouble.store || trouble.clocks,
    },
    sabotage,
  );
  const { time, watch, upstream } = world;
  const names = chance.is(0.5) ? ['one'] : ['one', 'two'];
  for (const name of names) world.connections.set(name, drawConnection(chance, name, trouble));
  for (let index = chance.between(1, 3); index > 0; index -= 1) world.startInstance(`instance-${index}`);
  const horizonMs = chance.pick([2_000, 30_000, 200_000, 1_000_000]);
  for (let actions = 0; actions < ACTIONS; actions += 1) {
    time.after(chance.between(0, horizonMs), () => act(world, trouble));
  }
  try {
    await time.run(horizonMs + TAIL_MS);
    heal(world);
    world.announceGaps();
    await inVirtualTime(world, async () => {
      for (const name of names) await recovers(world, name, trouble);
    });
    await inVirtualTime(world, () => leavesNothing(world));
  } catch (error) {
    watch.fail('I6', String(error));
  }
  return {
    seed,
    steps: time.steps(),
    grants: upstream.issued.size,
    handouts: watch.handouts(),
    violations: watch.violations,
  };
}

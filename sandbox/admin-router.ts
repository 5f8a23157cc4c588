/** `/_sandbox`: switches faults and conditions on and off at run time and shows the state. Knows nothing of either vendor. */
import express from 'express';
import type { Response, Router } from 'express';
import { z } from 'zod';
import type { FaultInput, Faults } from './faults.ts';
import { SwitchRefused, type Switches } from './switches.ts';

export interface AdminRouterOptions {
  faults: Faults;
  switches: Switches;
  /** What `GET state` answers beside the faults. Never a secret or a token. */
  describe: () => Readonly<Record<string, unknown>>;
}

export function createAdminRouter({ faults, switches, describe }: AdminRouterOptions): Router {
  const router = express.Router();
  // Only `application/json` is read: a web page cannot send that to another origin without asking first.
  router.use(express.json());
  router.get('/state', (_req, res) => {
    res.json({ ...describe(), faults: faults.list(), switches: switches.list() });
  });
  router.post('/faults', (req, res) =>
    answerInput(
      res,
      'That is no fault the sandbox knows. Send JSON such as {"kind":"slow","delayMs":5000}.',
      () => faults.switchOn(req.body as FaultInput),
    ),
  );
  router.delete('/faults', (_req, res) => {
    res.json({ switchedOff: faults.switchOff() });
  });
  router.delete('/faults/:id', (req, res) => {
    const switchedOff = faults.switchOff(Number(req.params.id));
    res.status(switchedOff ? 200 : 404).json({ switchedOff });
  });
  mountSwitches(router, switches);
  router.use((_req, res) => {
    res.status(404).json({
      message: 'Use GET /_sandbox/state and GET /_sandbox/switches, or POST and DELETE /_sandbox/faults.',
    });
  });
  return router;
}

function mountSwitches(router: Router, switches: Switches): void {
  router.get('/switches', (_req, res) => {
    const known = switches
      .describe()
      .map(({ name, ...rest }) => ({ post: `/_sandbox/switches/${name}`, ...rest }));
    res.json({ known, on: switches.list() });
  });
  router.post('/switches/:name', (req, res, next) => {
    const { name } = req.params;
    if (!switches.has(name)) {
      next();
      return;
    }
    const { example } = switches.describe().find((one) => one.name === name)!;
    const message = `The switch ${name} does not take that. Send JSON such as ${JSON.stringify(example)}.`;
    answerInput(res, message, () => switches.switchOn(name, req.body));
  });
  router.delete('/switches', (_req, res) => {
    res.json({ switchedOff: switches.switchOff() });
  });
  router.delete('/switches/:id', (req, res) => {
    const switchedOff = switches.switchOff(Number(req.params.id));
    res.status(switchedOff ? 200 : 404).json({ switchedOff });
  });
}

/** @param message For a body that is none. */
function answerInput(res: Response, message: string, work: () => object | undefined): void {
  try {
    const added = work();
    res.status(added ? 201 : 200).json(added ?? { done: true });
  } catch (error) {
    if (error instanceof SwitchRefused) {
      res.status(400).json({ message: error.message });
      return;
    }
    if (!(error instanceof z.ZodError)) throw error;
    const errors = error.issues.map(({ path, message: detail }) => ({ field: path.join('.'), detail }));
    res.status(400).json({ message, errors });
  }
}

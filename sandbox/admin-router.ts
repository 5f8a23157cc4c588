/** `/_sandbox`: switches faults on and off at run time and shows the state. Knows nothing of either vendor. */
import express from 'express';
import type { Response, Router } from 'express';
import { z } from 'zod';
import type { FaultInput, Faults } from './faults.ts';

export interface AdminRouterOptions {
  faults: Faults;
  /** What `GET state` answers beside the faults. Never a secret or a token. */
  describe: () => Readonly<Record<string, unknown>>;
}

export function createAdminRouter({ faults, describe }: AdminRouterOptions): Router {
  const router = express.Router();
  // Only `application/json` is read: a web page cannot send that to another origin without asking first.
  router.use(express.json());
  router.get('/state', (_req, res) => {
    res.json({ ...describe(), faults: faults.list() });
  });
  router.post('/faults', (req, res) => switchOn(faults, req.body, res));
  router.delete('/faults', (_req, res) => {
    res.json({ switchedOff: faults.switchOff() });
  });
  router.delete('/faults/:id', (req, res) => {
    const switchedOff = faults.switchOff(Number(req.params.id));
    res.status(switchedOff ? 200 : 404).json({ switchedOff });
  });
  router.use((_req, res) => {
    res.status(404).json({ message: 'Use GET /_sandbox/state, or POST and DELETE /_sandbox/faults.' });
  });
  return router;
}

function switchOn(faults: Faults, body: unknown, res: Response): void {
  try {
    const added = faults.switchOn(body as FaultInput);
    res.status(added ? 201 : 200).json(added ?? { done: true });
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const errors = error.issues.map(({ path, message }) => ({ field: path.join('.'), detail: message }));
    res.status(400).json({
      message: 'That is no fault the sandbox knows. Send JSON such as {"kind":"slow","delayMs":5000}.',
      errors,
    });
  }
}

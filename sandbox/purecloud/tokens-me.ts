/** `/api/v2/tokens/me`: what a token is good for, and its end. */
import express from 'express';
import type { Router } from 'express';
import { tokenOf } from './api-gate.ts';
import type { PureCloudState } from './purecloud-state.ts';

const SANDBOX_ORGANIZATION = { id: '5b1f8a52-0f0e-4b1d-9c55-1c7d1f6a7e10', name: 'Sandbox' } as const;

export function createTokensMeRouter(state: PureCloudState): Router {
  const router = express.Router();
  router.head('/', (_req, res) => {
    res.status(200).end();
  });
  router.get('/', (_req, res) => {
    const { client, expiresAtMs } = tokenOf(res);
    res.json({
      organization: SANDBOX_ORGANIZATION,
      homeOrganization: SANDBOX_ORGANIZATION,
      authorizedScope: [],
      dateTokenIdles: new Date(expiresAtMs).toISOString(),
      OAuthClient: { id: client.id, name: client.name, organization: SANDBOX_ORGANIZATION },
    });
  });
  router.delete('/', (_req, res) => {
    state.revokeToken(tokenOf(res).value);
    res.status(200).end();
  });
  return router;
}

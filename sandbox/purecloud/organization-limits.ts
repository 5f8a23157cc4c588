/** `/api/v2/organizations/limits/namespaces/{namespace}`: the limits of an org that a client may read. */
import express from 'express';
import type { Router } from 'express';
import { sendApiError } from './api-error.ts';
import type { RequirePermission } from './api-gate.ts';

export function createOrganizationLimitsRouter(
  requestsPerMinute: number,
  requirePermission: RequirePermission,
): Router {
  const router = express.Router();
  const platform = {
    'client.credentials.token.rate.per.minute': requestsPerMinute,
    'org.app.user.rate.per.minute': 3000,
    'request.bytes.max': 512_000,
    'token.rate.per.minute': 300,
  };
  router.get('/:namespace', requirePermission('limits:organization:view'), (req, res) => {
    const { namespace } = req.params;
    if (namespace !== 'platform.api') {
      sendApiError(res, 404, 'not.found');
      return;
    }
    const entities = Object.entries(platform).map(([key, value]) => ({ key, namespace, value }));
    res.json({ entities });
  });
  return router;
}

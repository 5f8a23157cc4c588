/** Opens the ports of a PureCloud and a Salesforce sandbox, on loopback. */
import http from 'node:http';
import https from 'node:https';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import ipaddr from 'ipaddr.js';
import { createPureCloudSandbox } from './purecloud/create-purecloud-sandbox.ts';
import type { PureCloudSandbox, PureCloudSandboxOptions } from './purecloud/create-purecloud-sandbox.ts';
import { createSalesforceSandbox } from './salesforce/create-salesforce-sandbox.ts';
import type { SalesforceSandbox, SalesforceSandboxOptions } from './salesforce/create-salesforce-sandbox.ts';

export interface StartSandboxOptions {
  /** Default `127.0.0.1`. */
  host?: string;
  /** PureCloud's port; Salesforce takes the next one. Default 0: any two free ports. */
  port?: number;
  /** Lets `host` be reachable from other machines. Anyone there could then switch faults on. */
  allowAnyHost?: boolean;
  /** PEM; both then speak https. */
  tls?: { certificate: string; key: string };
  purecloud?: PureCloudSandboxOptions;
  salesforce?: SalesforceSandboxOptions;
}

export interface RunningSandbox {
  purecloud: PureCloudSandbox & { url: string; tokenUrl: string };
  salesforce: SalesforceSandbox & { url: string; tokenUrl: string };
  /** Cuts every connection and frees the ports. */
  close: () => Promise<void>;
}

/** @throws RangeError for a host that is not loopback, unless `allowAnyHost`. */
export async function startSandbox(options: StartSandboxOptions = {}): Promise<RunningSandbox> {
  const { host = '127.0.0.1', port = 0, allowAnyHost = false, tls } = options;
  if (!allowAnyHost && !isLoopback(host)) {
    throw new RangeError(
      `The sandbox listens on loopback only, and ${host} is not. Leave the host out, or allow any host on purpose.`,
    );
  }
  const purecloud = createPureCloudSandbox(options.purecloud);
  const salesforce = createSalesforceSandbox(options.salesforce);
  const first = await listen(purecloud.app, { host, port, tls });
  const second = await listen(salesforce.app, { host, port: port === 0 ? 0 : port + 1, tls }).catch(
    async (error: unknown) => {
      await first.close();
      throw error;
    },
  );
  return {
    purecloud: { ...purecloud, url: first.url, tokenUrl: `${first.url}/oauth/token` },
    salesforce: { ...salesforce, url: second.url, tokenUrl: `${second.url}/services/oauth2/token` },
    close: async () => {
      await Promise.all([first.close(), second.close()]);
    },
  };
}

export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  return ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback';
}

interface ListenOptions {
  host: string;
  port: number;
  tls: { certificate: string; key: string } | undefined;
}

async function listen(
  app: Express,
  { host, port, tls }: ListenOptions,
): Promise<{ url: string; close: () => Promise<void> }> {
  const server: Server = tls
    ? https.createServer({ cert: tls.certificate, key: tls.key }, app)
    : http.createServer(app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  const urlHost = host.includes(':') ? `[${host}]` : host;
  return { url: `${tls ? 'https' : 'http'}://${urlHost}:${bound}`, close: () => closeServer(server) };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

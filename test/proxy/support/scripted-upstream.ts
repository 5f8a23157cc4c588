/** An API that a test scripts: it knows which tokens are good, and what to answer to each call. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listenOn, stop } from './start-proxy.ts';

export interface ScriptedCall {
  method: string;
  url: string;
  token: string;
  body: string;
}

export interface ScriptedUpstream {
  url: string;
  calls: ScriptedCall[];
  close(): Promise<void>;
}

export type Script = (
  call: ScriptedCall,
  number: number,
  response: ServerResponse,
) => { status: number; headers?: Record<string, string>; body?: string } | undefined;

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** @param script Gives the answer, or undefined where it answers by itself. `number` counts from 1. */
export async function startScriptedUpstream(script: Script): Promise<ScriptedUpstream> {
  const calls: ScriptedCall[] = [];
  const { server, port } = await listenOn((request, response) => {
    void textOf(request).then(
      (body) => {
        const token = (request.headers.authorization ?? '').replace('Bearer ', '');
        const call = { method: request.method ?? '', url: request.url ?? '', token, body };
        calls.push(call);
        const answer = script(call, calls.length, response);
        if (answer === undefined) return;
        response.writeHead(answer.status, answer.headers).end(answer.body ?? '');
      },
      () => undefined,
    );
  });
  return { url: `http://127.0.0.1:${port}`, calls, close: () => stop(server) };
}

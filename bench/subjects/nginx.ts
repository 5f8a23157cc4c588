/** nginx with one worker and kept connections to the upstream; this process only starts and ends it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../test/support/free-port.ts';
import { serveSubject, settings } from './serve-subject.ts';

const { command, upstreamPort } = settings<{ command: string; upstreamPort: number }>();
const directory = await mkdtemp(join(tmpdir(), 'bench-nginx-'));

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const isOpen = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return isOpen;
}

const port = await freePort();
const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  .map((kind) => `${kind}_temp_path ${directory}/${kind};`)
  .join('\n  ');
await writeFile(
  join(directory, 'nginx.conf'),
  `${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
daemon off;
pid ${directory}/pid;
error_log ${directory}/error.log;
events { worker_connections 4096; }
http {
  ${temporary}
  access_log ${directory}/access.log combined buffer=64k;
  keepalive_requests 1000000000;
  upstream api { server 127.0.0.1:${upstreamPort}; keepalive 512; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port};
    location /proxy/bench/ {
      proxy_pass http://api/;
      proxy_http_version 1.1;
      proxy_max_temp_file_size 0;
      proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer ${'u'.repeat(120)}";
    }
  }
}
`,
);
const nginx = spawn(
  command,
  ['-p', directory, '-c', join(directory, 'nginx.conf'), '-e', join(directory, 'error.log')],
  {
    stdio: ['ignore', 'ignore', 'inherit'],
  },
);
async function workersNow(): Promise<number[]> {
  const children = await readFile(`/proc/${nginx.pid}/task/${nginx.pid}/children`, 'utf8');
  return children.trim().split(' ').filter(Boolean).map(Number);
}

let workers: number[] = [];
while (workers.length === 0 || !(await isListening(port))) {
  await sleep(20);
  workers = await workersNow();
}

serveSubject(
  { port, workers },
  {
    async stop() {
      nginx.kill();
      await once(nginx, 'exit');
      await rm(directory, { recursive: true, force: true });
    },
  },
);

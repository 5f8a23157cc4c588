# The bridge in a container: `docker build -t purecloud-bridge .`
# It runs as the user node and writes to /data only, so a read-only root file system is enough.

FROM node:24-alpine AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
# A production image runs no install script of anybody's.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY server server
COPY sandbox sandbox
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-alpine
WORKDIR /app
COPY --from=build /src/package.json ./
COPY --from=build /src/node_modules node_modules
COPY --from=build /src/dist dist
RUN mkdir /data && chown node:node /data && ln -s /app/dist/server/cli/pcbridge.js /usr/local/bin/pcbridge
USER node
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 BRIDGE_DATA_DIR=/data
VOLUME /data
EXPOSE 8080
# Alive, and nothing more: whether traffic should come is /readyz, which a balancer asks.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s \
  CMD ["node", "-e", "const { PORT: port, BRIDGE_TLS_CERT: tls } = process.env; require(tls ? 'https' : 'http').get({ host: '127.0.0.1', port, path: '/livez', rejectUnauthorized: false }, (answer) => process.exit(answer.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
# A request in flight may take two minutes: give `docker stop` as long (`--stop-timeout 130`).
STOPSIGNAL SIGTERM
ENTRYPOINT ["pcbridge"]
CMD ["serve"]

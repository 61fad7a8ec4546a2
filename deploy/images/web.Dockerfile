# The web app: built to static files, and the small server of those files.
#
#   docker buildx build --file deploy/images/web.Dockerfile --tag parley-web:dev \
#     --build-arg NODE=node:24-slim@sha256:… --sbom=true --provenance=mode=max .
#
# The base image is an argument without a default: whoever builds says which one, by digest.
ARG NODE

FROM ${NODE} AS build
ENV NEXT_TELEMETRY_DISABLED=1
WORKDIR /build
COPY web/package.json web/package-lock.json web/.npmrc ./
# Not `npm ci`: it refuses a lock without the optional packages of every other platform.
RUN ["npm", "install", "--no-save"]
COPY web ./
RUN ["npm", "run", "build"]
# The server needs one package.
RUN ["mkdir", "/served"]
RUN ["cp", "-r", "out", "server", "server.mjs", "package.json", "/served/"]
RUN ["cp", "-r", "--parents", "node_modules/mrmime", "/served/"]

FROM ${NODE}
LABEL org.opencontainers.image.title="Parley: web app" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /srv/parley
COPY --from=build /served ./
ENV NODE_ENV=production
# What is missing is found while the image is built.
RUN ["node", "--check", "server.mjs"]
USER 65532:65532
ENTRYPOINT ["node", "server.mjs"]

# One image for every service; docker-compose.yaml chooses the command.
ARG NODE_IMAGE=node:lts-slim

# Apart from the sources, so that only another lockfile has the packages installed again.
FROM ${NODE_IMAGE} AS manifest
WORKDIR /app
COPY package.json package-lock.json ./

FROM manifest AS build
RUN npm ci
COPY . .
# The record of an incremental build is of no use in an image.
RUN npx tsc --tsBuildInfoFile /tmp/tsbuildinfo

FROM manifest AS dependencies
RUN npm ci --omit=dev

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
COPY package.json ./
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
USER node
CMD ["node", "--enable-source-maps", "dist/writer/main.js"]

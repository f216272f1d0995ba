# One image for every service; docker-compose.yaml chooses the command. It holds Node, the libraries that Node is linked
# to and the services, and nothing else of the image that these come from: no shell, no package manager, no tools.
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

# The libraries are asked for and not listed, because they differ between processors and between Debian and Alpine.
FROM ${NODE_IMAGE} AS runtime
RUN set -eu; \
    node=$(readlink -f "$(command -v node)"); \
    for file in $(ldd "$node" | grep -o '/[^ ]*') /etc/nsswitch.conf /etc/passwd /etc/group; do \
      if [ -e "$file" ]; then mkdir -p "/runtime${file%/*}"; cp -L "$file" "/runtime$file"; fi; \
    done; \
    mkdir -p /runtime/usr/local/bin; \
    cp "$node" /runtime/usr/local/bin/node

FROM scratch
COPY --from=runtime /runtime /
ENV PATH=/usr/local/bin NODE_ENV=production
WORKDIR /app
COPY package.json ./
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
# The user node, as a number: docker-compose.secure.yaml gives secrets to it.
USER 1000:1000
CMD ["node", "--enable-source-maps", "--max-semi-space-size=2", "--max-old-space-size=96", "dist/writer/main.js"]

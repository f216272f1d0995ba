# One image for every service, the monitor, and the gateway; docker-compose.yaml sets the command. It contains Node.js, its shared
# libraries, and these programs, but no shell, no package manager, and no other tools of the base image.
FROM node:24.21.0-slim AS node

# Copied before the sources, so that packages are installed again only if the lockfile changes.
FROM node AS manifest
WORKDIR /app
COPY package.json package-lock.json ./

FROM manifest AS build
RUN npm ci
COPY . .
# An image does not need the record of the incremental build.
RUN npx tsc --tsBuildInfoFile /tmp/tsbuildinfo

FROM manifest AS dependencies
RUN npm ci --omit=dev

# ldd lists the libraries, because they differ between processors and between Debian and Alpine.
FROM node AS runtime
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
# The live page, served as it is.
COPY monitor/page monitor/page
# The scripts that the gateway loads into the home node.
COPY table/lua table/lua
# The numeric ID of the user node, which owns the secrets in docker-compose.secure.yaml.
USER 1000:1000
# The flags of common/services.ts.
ENTRYPOINT ["node", "--enable-source-maps", "--max-semi-space-size=2", "--max-old-space-size=96"]
CMD ["dist/writer/main.js"]

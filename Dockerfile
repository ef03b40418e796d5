# The image of adsync: one binary, the few libraries it needs, the roots of the certificate authorities, and no shell.
#
#   docker build -t adsync --build-arg REVISION="$(git rev-parse HEAD)" .
#   docker run -d --name adsync --restart unless-stopped --read-only --stop-timeout 60 -p 127.0.0.1:8080:8080 \
#       --env-file adsync.env -v "$PWD/config:/etc/adsync:ro" adsync
#
# The stop timeout leaves room for `daemon.shutdown_grace`, which is longer than Docker's own ten seconds. The image is of
# the processor that it is built on: x86-64 and arm64 by the same file. `tests/image` builds it without an engine and tries it.

# Where no registry of images is reached: an image of your own with Rust, a C compiler and the authorities' certificates.
ARG RUST_IMAGE=rust:1.95-bookworm
FROM ${RUST_IMAGE} AS builder
WORKDIR /build

# The dependencies first, against empty sources: this layer is built again only when Cargo.lock or a manifest changes.
COPY Cargo.toml Cargo.lock ./
COPY tests/graph_sim/Cargo.toml tests/graph_sim/
RUN mkdir -p src tests/it tests/graph_sim/src \
    && echo 'fn main() {}' | tee src/main.rs tests/it/main.rs > tests/graph_sim/src/main.rs \
    && touch src/lib.rs tests/graph_sim/src/lib.rs \
    && cargo build --release --locked --package adsync

# The licences of all that was compiled in, with their texts: they belong to the binary.
COPY deploy/licences deploy/
RUN deploy/licences > LICENCES-THIRD-PARTY

# Only what the binary is made of: a change of a test or a page builds nothing again. A source file may be older than the
# empty one that was just compiled in its place.
COPY .askama.toml ./
COPY migrations migrations/
COPY src src/
RUN find src -name '*.rs' -exec touch {} + \
    && cargo build --release --locked --package adsync --bin adsync

# ldd names the libraries and the loader of whatever processor this is; name look-ups are part of libc itself, and the time
# zones are part of the binary.
COPY LICENSE-MIT LICENSE-APACHE ./
COPY config/default.toml config/production.toml config/
RUN mkdir -p /image/etc/ssl/certs /image/etc/adsync /image/usr/share/doc/adsync \
    && cp target/release/adsync /image/adsync \
    && ldd target/release/adsync | grep -o '/[^ ]*' | sort -u | xargs cp --dereference --parents --target-directory=/image \
    && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ \
    && cp config/default.toml config/production.toml /image/etc/adsync/ \
    && cp LICENSE-MIT LICENSE-APACHE LICENCES-THIRD-PARTY /image/usr/share/doc/adsync/ \
    && cp --parents --target-directory=/image /usr/share/doc/libc6/copyright /usr/share/doc/libgcc-s1/copyright \
        /usr/share/doc/ca-certificates/copyright \
    && echo 'adsync:x:10001:10001::/nonexistent:/nonexistent' > /image/etc/passwd \
    && echo 'adsync:x:10001:' > /image/etc/group \
    && echo 'hosts: files dns' > /image/etc/nsswitch.conf \
    && chmod -R u=rwX,go=rX /image

FROM scratch
COPY --from=builder /image /
USER 10001:10001
# The page must be reachable from outside the container (it shows nothing without ADSYNC_READ_TOKEN), and what is logged
# belongs to the container's own log. The last line has large blocks of memory given back as soon as they are free: a large
# first load peaks a quarter lower.
ENV ADSYNC_CONFIG_DIR=/etc/adsync \
    ADSYNC_ENV=production \
    ADSYNC__WEB__LISTEN=0.0.0.0:8080 \
    ADSYNC__LOG__DIRECTORY="" \
    MALLOC_MMAP_THRESHOLD_=131072
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 CMD ["/adsync", "health"]
ENTRYPOINT ["/adsync"]
CMD ["run"]
# Last, so that another revision of the same sources changes no layer.
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="adsync" \
    org.opencontainers.image.description="Keeps a Meta ad account in Postgres, correct to the cent, unattended." \
    org.opencontainers.image.licenses="MIT OR Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}"

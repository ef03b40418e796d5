# The image of adsync: one binary, the few libraries it needs, the roots of the certificate authorities, and no shell.
#
#   docker build -t adsync .
#   docker run -d --name adsync --restart unless-stopped --read-only --stop-timeout 60 -p 127.0.0.1:8080:8080 \
#       --env-file adsync.env -v ./config:/etc/adsync:ro adsync
#
# The stop timeout leaves room for `daemon.shutdown_grace`, which is longer than Docker's own ten seconds.

FROM rust:1.95-bookworm AS builder
WORKDIR /build

# The dependencies first, against empty sources: this layer is built again only when Cargo.lock or a manifest changes.
COPY Cargo.toml Cargo.lock ./
COPY tests/graph_sim/Cargo.toml tests/graph_sim/
RUN mkdir -p src tests/it tests/graph_sim/src \
    && echo 'fn main() {}' | tee src/main.rs tests/it/main.rs > tests/graph_sim/src/main.rs \
    && touch src/lib.rs tests/graph_sim/src/lib.rs \
    && cargo build --release --locked --package adsync \
    && rm -r src tests

# A source file may be older than the empty one that was just compiled in its place.
COPY . .
RUN find src -name '*.rs' -exec touch {} + \
    && cargo build --release --locked --package adsync --bin adsync

# ldd names the libraries and the loader of whatever processor this is; name look-ups are part of libc itself.
RUN mkdir -p /image/etc/ssl/certs /image/etc/adsync \
    && cp target/release/adsync /image/adsync \
    && ldd target/release/adsync | grep -o '/[^ ]*' | sort -u | xargs cp --dereference --parents --target-directory=/image \
    && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ \
    && cp config/default.toml config/production.toml /image/etc/adsync/ \
    && echo 'adsync:x:10001:10001::/:/adsync' > /image/etc/passwd \
    && echo 'adsync:x:10001:' > /image/etc/group \
    && echo 'hosts: files dns' > /image/etc/nsswitch.conf \
    && chmod -R u=rwX,go=rX /image

FROM scratch
LABEL org.opencontainers.image.title="adsync" \
    org.opencontainers.image.description="Keeps a Meta ad account in Postgres, correct to the cent, unattended." \
    org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=builder /image /
USER 10001:10001
# The page must be reachable from outside the container, and what is logged belongs to the container's own log.
ENV ADSYNC_CONFIG_DIR=/etc/adsync \
    ADSYNC_ENV=production \
    ADSYNC__WEB__LISTEN=0.0.0.0:8080 \
    ADSYNC__LOG__DIRECTORY=""
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 CMD ["/adsync", "health"]
ENTRYPOINT ["/adsync"]
CMD ["run"]

# The simulator of Meta in a container, for compose.yaml only: it proves nothing and keeps nothing.

ARG RUST_IMAGE=rust:1.95-bookworm
FROM ${RUST_IMAGE} AS builder
WORKDIR /build
COPY Cargo.toml Cargo.lock ./
COPY tests/data/errors.json tests/data/
COPY tests/graph_sim tests/graph_sim/
# The workspace names a package that is not needed here.
RUN mkdir src && touch src/lib.rs && echo 'fn main() {}' > src/main.rs \
    && cargo build --locked --profile demo --package graph_sim --bin graph_sim
RUN mkdir -p /image \
    && cp target/demo/graph_sim /image/ \
    && ldd target/demo/graph_sim | grep -o '/[^ ]*' | sort -u | xargs cp --dereference --parents --target-directory=/image

FROM scratch
COPY --from=builder /image /
USER 10002:10002
ENTRYPOINT ["/graph_sim"]

# What both trials have around adsync, on the machine of tests/machine/run: words, waiting, an authority, names and Meta.

say() { printf '==> %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

# Runs a command until it succeeds, at most $1 seconds, which an emulated machine may need; then its last words are told.
within() {
    local last=$(( SECONDS + $1 ))
    shift
    until "$@" >/tmp/within 2>&1; do
        (( SECONDS < last )) || { tail -n 20 /tmp/within >&2; fail "it took too long: $*"; }
        sleep 0.1
    done
}

# The lines of a command's use at the head of a file, as they stand there, of which $2 is a part.
lines_of() { sed -e ':more; /\\$/ { N; s/\\\n# *//; b more; }' "$1" | sed -nE 's/^#   ([^ ].*)/\1/p' | grep -F -- "$2"; }
# What those lines ask for and a machine for trials does without.
sudo() { "$@"; }
git() { echo trial; }

# Settings in folder $1 as a person writes them, with Supabase's authority beside them, and a schedule that does not let wait.
configure() {
    cp /root/tls/ca.pem "$1/supabase-ca.crt"
    sed -i -e 's|^# accounts = .*|accounts = ["act_1029384756102938"]\nbase_url = "https://graph.trial"|' \
        -e 's|^# tls_ca_file = |tls_ca_file = |' "$1/production.toml"
    printf '\n[schedules.recent]\ncron = "*/5 * * * * *"\n' >>"$1/production.toml"
}

# An authority that this machine knows, and a certificate of each name: /root/tls/NAME.pem and .key.
make_certificates() {
    local name new_key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
    mkdir -p /root/tls
    openssl req -x509 "${new_key[@]}" -days 2 -subj /CN=trial-authority -keyout /root/tls/ca.key -out /root/tls/ca.pem 2>/dev/null
    for name in "$@"; do
        openssl req "${new_key[@]}" -subj "/CN=$name" -keyout "/root/tls/$name.key" -out /root/tls/request 2>/dev/null
        openssl x509 -req -in /root/tls/request -CA /root/tls/ca.pem -CAkey /root/tls/ca.key -CAcreateserial -days 2 \
            -extfile <(echo "subjectAltName=DNS:$name") -out "/root/tls/$name.pem" 2>/dev/null
    done
    cp /root/tls/ca.pem /usr/local/share/ca-certificates/trial.crt
    update-ca-certificates >/dev/null 2>&1
}

# PostgreSQL at address $1, with TLS as $2 and a password of postgres.
start_database() {
    install -o postgres -m 400 "/root/tls/$2.key" /etc/postgresql/17/main/server.key
    install -o postgres -m 400 "/root/tls/$2.pem" /etc/postgresql/17/main/server.pem
    cat >/etc/postgresql/17/main/conf.d/trial.conf <<CONF
listen_addresses = '$1'
ssl = on
ssl_cert_file = '/etc/postgresql/17/main/server.pem'
ssl_key_file = '/etc/postgresql/17/main/server.key'
CONF
    echo "hostssl all all all scram-sha-256" >/etc/postgresql/17/main/pg_hba.conf
    echo "local all postgres peer" >>/etc/postgresql/17/main/pg_hba.conf
    systemctl restart postgresql
    within 300 sql "select 1"
    PGOPTIONS="-c client_min_messages=warning" sql "drop schema public cascade; create schema public; alter role postgres password 'trial'" >/dev/null
}
sql() { (cd / && runuser -u postgres -- psql -XAtq -v ON_ERROR_STOP=1 -c "$1"); }

# The simulator behind TLS at address $1, port 443, as graph.trial.
start_meta() {
    /mnt/graph_sim --listen 127.0.0.1:9090 --world demo --token EAABsimTokenDoNotLog >/tmp/graph_sim 2>&1 &
    socat "OPENSSL-LISTEN:443,bind=$1,reuseaddr,fork,verify=0,cert=/root/tls/graph.trial.pem,key=/root/tls/graph.trial.key" \
        TCP:127.0.0.1:9090 2>/tmp/socat &
}

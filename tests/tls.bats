#!/usr/bin/env bats
# octi-send-bundle with a broker and a platform that speak TLS, under an authority made for it.

load send

setup_file() {
    local dir=$BATS_FILE_TMPDIR name
    for name in tls mtls; do
        ca_make "$dir/$name-broker/tls"
        broker_start "$dir/$name-broker" $name
    done
    export CA=$dir/tls-broker/tls
    broker_wait "$dir/tls-broker"
    export OCTI_BROKER=$dir/tls-broker
    platform_up platform --amqp-tls-port "$(cat "$dir/tls-broker/tls.port")"
    for name in good wrongname expired foreign; do
        platform_up $name --tls-cert "$CA/$name.pem" --tls-key "$CA/$name.key"
    done
    platform_up demanding --tls-cert "$CA/good.pem" --tls-key "$CA/good.key" --tls-client-ca "$CA/ca.pem"
    # In front of the broker, with certificates that the broker itself does not have.
    for name in wrongname expired foreign; do
        front $name
    done
    broker_wait "$dir/mtls-broker"
}

# front NAME: decrypts with that certificate and passes on to the broker's plain port, which goes to NAME.port.
front() {
    python -c '
import os, socket, ssl, sys, threading
to, certificate, key, pid = sys.argv[1:]
open(pid, "w").write(str(os.getpid()))
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
def carry(a, b):
    try:
        while data := a.recv(65536): b.sendall(data)
    except OSError: pass
    for end in (a, b):
        try: end.shutdown(socket.SHUT_RDWR)
        except OSError: pass
def serve(plain):
    try: a = context.wrap_socket(plain, server_side=True)
    except OSError: return
    b = socket.create_connection(("127.0.0.1", int(to)))
    threading.Thread(target=carry, args=(a, b), daemon=True).start()
    carry(b, a)
while True: threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
' "$(cat "$OCTI_BROKER/port")" "$CA/$1.pem" "$CA/$1.key" "$BATS_FILE_TMPDIR/$1.front" \
        >"$BATS_FILE_TMPDIR/$1.port" 2>/dev/null 3>&- 4>&- &
    until_true 10 test -s "$BATS_FILE_TMPDIR/$1.port"
}

teardown_file() {
    local name
    for name in wrongname expired foreign; do _end TERM "$BATS_FILE_TMPDIR/$name.front"; done
    platforms_down
    for name in tls mtls; do broker_stop "$BATS_FILE_TMPDIR/$name-broker"; done
}

setup() {
    begin
    small_bundle
    unset SSL_CERT_FILE SSL_CERT_DIR
}

broker_at() { cat "$BATS_FILE_TMPDIR/$1.port"; } # FRONT
mtls() {
    MQ_PORT=$(cat "$BATS_FILE_TMPDIR/mtls-broker/tls.port")
    export MQ_PORT
    mtls_ca=$BATS_FILE_TMPDIR/mtls-broker/tls
    export MQ_USE_SSL_CA=$mtls_ca/ca.pem
    # Its queue: the platform has declared one on the other broker.
    octi-register -o registration
    export OCTI_REGISTRATION=$PWD/registration
    OCTI_BROKER=$BATS_FILE_TMPDIR/mtls-broker amqp '
c.exchange_declare("amqp.worker.exchange", "direct", durable=True)
c.queue_declare(queue, durable=True)
c.queue_bind(queue, "amqp.worker.exchange", queue.replace("push_", "push_routing_"))'
}

refused() { # STATUS PATTERN: one line, nothing on stdout
    assert_failure "$1"
    assert_equal "$output" ''
    assert_equal "${#stderr_lines[@]}" 1
    assert_regex "$stderr" "^octi-send-bundle: $2"
}

# ---- the broker

@test "broker: the right authority, as a path and as text" {
    MQ_USE_SSL_CA=$CA/ca.pem run --separate-stderr octi-send-bundle b.json
    assert_success
    assert_equal "$stderr" ''
    MQ_USE_SSL_CA=$(cat "$CA/ca.pem") run --separate-stderr octi-send-bundle b.json
    assert_success
    assert_equal "$stderr" ''
    arrive 6
}

@test "broker: by its address and by its name" {
    MQ_HOST=localhost MQ_USE_SSL_CA=$CA/ca.pem octi-send-bundle b.json
    MQ_HOST=127.0.0.1 MQ_USE_SSL_CA=$CA/ca.pem octi-send-bundle b.json
    arrive 6
}

@test "broker: an authority that is not its own, and the system's" {
    MQ_USE_SSL_CA=$CA/otherca.pem run --separate-stderr octi-send-bundle b.json
    refused 1 'the broker 127\.0\.0\.1:[0-9]+: its certificate is not trusted: self-signed certificate in certificate chain$'
    run --separate-stderr octi-send-bundle b.json
    refused 1 'the broker 127\.0\.0\.1:[0-9]+: its certificate is not trusted: self-signed certificate in certificate chain$'
    assert_equal "$(depth)" 0
}

@test "broker: a certificate of another name, one that is expired, and one of another authority" {
    export MQ_USE_SSL_CA=$CA/ca.pem
    MQ_PORT=$(broker_at wrongname) run --separate-stderr octi-send-bundle b.json
    refused 1 'the broker 127\.0\.0\.1:[0-9]+: its certificate is not trusted: IP address mismatch$'
    MQ_HOST=localhost MQ_PORT=$(broker_at wrongname) run --separate-stderr octi-send-bundle b.json
    refused 1 'the broker localhost:[0-9]+: its certificate is not trusted: [Hh]ostname mismatch$'
    MQ_PORT=$(broker_at expired) run --separate-stderr octi-send-bundle b.json
    refused 1 'the broker 127\.0\.0\.1:[0-9]+: its certificate is not trusted: certificate has expired$'
    MQ_PORT=$(broker_at foreign) run --separate-stderr octi-send-bundle b.json
    refused 1 'the broker 127\.0\.0\.1:[0-9]+: its certificate is not trusted: unable to get local issuer certificate$'
    assert_equal "$(depth)" 0
}

@test "broker: unchecked on request, with a warning" {
    local name
    export MQ_USE_SSL_REJECT_UNAUTHORIZED=false
    for name in wrongname expired foreign; do
        MQ_PORT=$(broker_at $name) run --separate-stderr octi-send-bundle b.json
        assert_success
        assert_equal "$stderr" \
            "octi-send-bundle: warning: the broker's certificate is not checked (MQ_USE_SSL_REJECT_UNAUTHORIZED)"
    done
    arrive 9
}

@test "broker: an authority that cannot be read is a mistake of the configuration" {
    MQ_USE_SSL_CA=/nowhere/ca.pem run --separate-stderr octi-send-bundle b.json
    refused 2 'broker CA /nowhere/ca\.pem: No such file or directory$'
    MQ_USE_SSL_CA=$PWD/b.json run --separate-stderr octi-send-bundle b.json
    refused 2 'broker CA .*b\.json: no certificate in it$'
}

@test "broker: a client certificate is asked for, and given as paths or as text" {
    mtls
    export MQ_USE_SSL_CERT=$mtls_ca/client.pem MQ_USE_SSL_KEY=$mtls_ca/client.key
    octi-send-bundle b.json
    MQ_USE_SSL_CERT=$(cat "$mtls_ca/client.pem") MQ_USE_SSL_KEY=$(cat "$mtls_ca/client.key") octi-send-bundle b.json
    OCTI_BROKER=$BATS_FILE_TMPDIR/mtls-broker
    assert_equal "$(depth)" 6
}

@test "broker: a client certificate with a key that has a passphrase" {
    mtls
    openssl pkey -in "$mtls_ca/client.key" -aes256 -passout pass:hunter2 -out locked.key
    export MQ_USE_SSL_CERT=$mtls_ca/client.pem MQ_USE_SSL_KEY=$PWD/locked.key
    MQ_USE_SSL_PASSPHRASE=hunter2 octi-send-bundle b.json
    run --separate-stderr octi-send-bundle b.json
    refused 2 'client key .*locked\.key: no key in it, or one with a passphrase$'
    MQ_USE_SSL_PASSPHRASE=hunter3 run --separate-stderr octi-send-bundle b.json
    refused 2 'client key .*locked\.key: no key in it, or not this passphrase$'
}

@test "broker: a client certificate is asked for, and none is given, or a wrong one" {
    mtls
    # The broker says why and hangs up; when the second is faster, the first is never seen.
    unwanted() {
        run --separate-stderr env "$@" octi-send-bundle b.json
        if [ "$status" -eq 1 ]; then
            refused 1 'the broker 127\.0\.0\.1:[0-9]+: TLS: .* alert '
        else
            refused 75 'cannot reach the broker 127\.0\.0\.1:[0-9]+: '
        fi
    }
    unwanted
    unwanted MQ_USE_SSL_CERT="$CA/client.pem" MQ_USE_SSL_KEY="$CA/client.key"
    local broker=$BATS_FILE_TMPDIR/mtls-broker
    assert_equal "$(OCTI_BROKER=$broker depth)" 0
    MQ_USE_SSL_CERT=$mtls_ca/client.pem MQ_USE_SSL_KEY=$CA/client.key run --separate-stderr octi-send-bundle b.json
    refused 2 'client key .*client\.key: does not belong to the certificate$'
}

@test "broker: TLS on a plain port, and the other way round" {
    MQ_PORT=$(cat "$OCTI_BROKER/port") MQ_USE_SSL_CA=$CA/ca.pem run --separate-stderr \
        env OPENCTI_CONNECT_TIMEOUT=3 octi-send-bundle b.json
    assert [ "$status" -eq 1 ] || [ "$status" -eq 75 ]
    assert_equal "${#stderr_lines[@]}" 1
    MQ_USE_SSL=false run --separate-stderr env OPENCTI_CONNECT_TIMEOUT=3 octi-send-bundle b.json
    assert [ "$status" -eq 1 ] || [ "$status" -eq 75 ]
    assert_equal "${#stderr_lines[@]}" 1
}

# ---- the platform

platform_at() { # NAME: the address alone, for commands whose broker is not in question
    OPENCTI_URL=$(cat "$BATS_FILE_TMPDIR/$1/url")
    export OPENCTI_URL
}

@test "platform: the right authority, as OPENCTI_SSL_VERIFY and as HTTPS_CA_CERTIFICATES, path and text" {
    platform_at good
    OPENCTI_SSL_VERIFY=$CA/ca.pem run --separate-stderr octi-send-bundle b.json
    assert_success
    assert_equal "$stderr" ''
    HTTPS_CA_CERTIFICATES=$CA/ca.pem octi-send-bundle b.json
    HTTPS_CA_CERTIFICATES=$(cat "$CA/ca.pem") octi-send-bundle b.json
    HTTPS_CA_CERTIFICATES=$CA/ca.pem OPENCTI_SSL_VERIFY=true octi-send-bundle b.json
}

@test "platform: an authority that is not its own, and the system's" {
    platform_at good
    local setting
    for setting in OPENCTI_SSL_VERIFY="$CA/otherca.pem" HTTPS_CA_CERTIFICATES="$CA/otherca.pem" \
        OPENCTI_SSL_VERIFY=true OPENCTI_SSL_VERIFY=; do
        run --separate-stderr env "$setting" octi-send-bundle b.json
        refused 1 'RegisterConnector: .*certificate'
    done
}

@test "platform: a certificate of another name, one that is expired, and one of another authority" {
    local name
    for name in wrongname expired foreign; do
        platform_at $name
        OPENCTI_SSL_VERIFY=$CA/ca.pem run --separate-stderr octi-send-bundle b.json
        refused 1 'RegisterConnector: '
    done
}

@test "platform: unchecked on request, with a warning" {
    local name
    for name in wrongname expired foreign; do
        platform_at $name
        OPENCTI_SSL_VERIFY=false run --separate-stderr octi-send-bundle b.json
        assert_success
        assert_equal "$stderr" \
            "octi-send-bundle: warning: the platform's certificate is not checked (OPENCTI_SSL_VERIFY)"
    done
}

@test "platform: an authority that cannot be read is a mistake of the configuration" {
    platform_at good
    OPENCTI_SSL_VERIFY=/nowhere/ca.pem run --separate-stderr octi-send-bundle b.json
    refused 2 '.*/nowhere/ca\.pem'
    HTTPS_CA_CERTIFICATES=/nowhere/ca.pem run --separate-stderr octi-send-bundle b.json
    refused 2 '.*/nowhere/ca\.pem'
}

@test "platform: one that demands a client certificate refuses us" {
    platform_at demanding
    OPENCTI_SSL_VERIFY=$CA/ca.pem run --separate-stderr octi-send-bundle b.json
    assert [ "$status" -eq 1 ] || [ "$status" -eq 75 ]
    assert_equal "${#stderr_lines[@]}" 1
    assert_regex "$stderr" '^octi-send-bundle: RegisterConnector: '
}

@test "octi-doctor tells what is wrong with the broker's certificate" {
    local ca='set MQ_USE_SSL_CA to the authority that issued it'
    octi-register >/dev/null
    MQ_USE_SSL_CA=$CA/ca.pem run octi-doctor
    assert_success
    assert_regex "$(grep broker-tls <<<"$output")" '^ok broker-tls: TLSv1\.[23], CN=[a-z.]+, of CN=[A-Za-z ]+, 82[45] days left$'
    assert_line 'ok publish: exchange amqp.worker.exchange takes messages'
    run octi-doctor
    assert_failure 1
    assert_regex "$(grep broker-tls <<<"$output" | head -n1)" "^problem broker-tls: .*: self-signed certificate in certificate chain; $ca\$"
    assert_line 'skipped login: needs broker-tls'
    MQ_USE_SSL_REJECT_UNAUTHORIZED=no run octi-doctor
    assert_success
    assert_regex "$(grep broker-tls <<<"$output")" "^warning broker-tls: not checked: .*: self-signed certificate in certificate chain; $ca\$"
    assert_line 'ok login: as user guest'
    # Nobody reads the authorities of what is not checked.
    MQ_USE_SSL_CA=missing.pem MQ_USE_SSL_REJECT_UNAUTHORIZED=no run octi-doctor
    assert_success
    assert_regex "$(grep broker-tls <<<"$output")" "^warning broker-tls: not checked: .*: self-signed certificate in certificate chain; $ca\$"
    assert_line 'ok login: as user guest'
    MQ_USE_SSL=no MQ_USE_SSL_CA=$CA/ca.pem run octi-doctor
    assert_failure 1
    assert_regex "$(grep 'problem login' <<<"$output")" "; is it a broker's port, and not one for TLS\? see MQ_PORT and MQ_USE_SSL\$"
    MQ_USE_SSL_CA=$CA/ca.pem MQ_PORT=$(broker_at expired) run octi-doctor
    assert_failure 1
    assert_regex "$(grep broker-tls <<<"$output" | head -n1)" "^problem broker-tls: .*: certificate has expired; renew it, or set this host's clock\$"
    MQ_USE_SSL_CA=$CA/ca.pem MQ_PORT=$(broker_at wrongname) run octi-doctor
    assert_failure 1
    assert_regex "$(grep broker-tls <<<"$output" | head -n1)" '^problem broker-tls: .*: IP address mismatch; it is for [a-z.]+: use such a name$'
}

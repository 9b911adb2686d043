#!/bin/sh
# Makes the certificates of the webhook tests anew. They are worth nothing outside these tests; the keys of the
# authorities are thrown away, only the key that signs deliveries stays.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
days=36500

authority() { # file, subject
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/$1.key" -out "$work/$1.pem" -days "$days" \
        -subj "$2" -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign"
}
leaf() { # file, authority
    openssl x509 -req -in "$work/dispatch.csr" -CA "$work/$2.pem" -CAkey "$work/$2.key" -CAcreateserial \
        -days "$days" -extfile "$work/leaf.ext" -out "$1.pem"
}

cat > "$work/leaf.ext" <<EXT
basicConstraints=CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=codeSigning
EXT
openssl req -newkey rsa:2048 -nodes -keyout dispatch.key.pem -out "$work/dispatch.csr" -subj "/CN=Test Dispatch"

authority root "/C=US/O=Microsoft Corporation/CN=Test Root"
authority foreign "/C=US/O=Microsoft Corporation/CN=Test Root"
authority other "/C=US/O=Microsoft Corporation Ltd/CN=Test Other Root"
cp "$work/root.pem" "$work/other.pem" .
mv other.pem other-root.pem
leaf dispatch root
leaf foreign foreign
leaf other other

# A chain of three: the intermediate comes with the leaf.
openssl req -newkey rsa:2048 -nodes -keyout "$work/middle.key" -out "$work/middle.csr" \
    -subj "/C=US/O=Microsoft Corporation/CN=Test Middle"
printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n' > "$work/middle.ext"
openssl x509 -req -in "$work/middle.csr" -CA "$work/root.pem" -CAkey "$work/root.key" -CAcreateserial \
    -days "$days" -extfile "$work/middle.ext" -out "$work/middle.pem"
leaf chained middle
cat "$work/middle.pem" >> chained.pem

# One that has ended.
mkdir "$work/ca"
: > "$work/ca/index.txt"
echo 01 > "$work/ca/serial"
cat > "$work/ca.cnf" <<CNF
[ca]
default_ca = it
[it]
database = $work/ca/index.txt
serial = $work/ca/serial
new_certs_dir = $work/ca
default_md = sha256
policy = any
[any]
commonName = supplied
CNF
openssl ca -batch -config "$work/ca.cnf" -cert "$work/root.pem" -keyfile "$work/root.key" -notext \
    -startdate 20200101000000Z -enddate 20210101000000Z -extfile "$work/leaf.ext" \
    -in "$work/dispatch.csr" -out expired.pem

# A signature made by somebody else's code.
openssl dgst -sha256 -sign dispatch.key.pem event.json | base64 | tr -d '\n' > event.sig

#!/bin/bash
# Make the secrets that compose.yaml names, in a folder that only you read; what is there is kept.
# TLS_NAMES says what partners call the broker, as OpenSSL writes it: DNS:kafka.example.dk,IP:192.0.2.1
set -euo pipefail
umask 077

cd "$(dirname "$0")"
mkdir -p secrets
cd secrets
for name in postgres_password database_password kafka_password kafka_controller_password; do
  [ -s $name ] || openssl rand -hex 32 > $name
done
if [ ! -s kafka_tls ]; then
  openssl req -x509 -newkey rsa:3072 -nodes -days 3650 -subj "/CN=Koordineringshub CA" \
    -keyout ca.key -out ca.pem 2> /dev/null
  openssl req -newkey rsa:3072 -nodes -subj "/CN=kafka" -keyout server.key -out server.csr 2> /dev/null
  openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 365 -out server.pem \
    -extfile <(echo "subjectAltName=${TLS_NAMES:-DNS:localhost,DNS:kafka,IP:127.0.0.1}") 2> /dev/null
  cat server.key server.pem ca.pem > kafka_tls
  rm server.key server.csr server.pem
fi
chmod 0644 postgres_password database_password kafka_password kafka_controller_password kafka_tls
echo "Secrets are in $PWD; partners get ca.pem. Keep ca.key where nobody else comes."

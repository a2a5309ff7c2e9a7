#!/bin/bash
# Start the broker: its settings with the secrets added, formatted once with the superuser `hub` in it.
set -euo pipefail
umask 077

bin=${KAFKA_BIN:-/opt/kafka/bin}
secrets=${SECRETS:-/run/secrets}
given=${SETTINGS:-/etc/hub/server.properties}
work=$(mktemp -d)
settings=$work/server.properties
login=org.apache.kafka.common.security
hub=$(< "$secrets/kafka_password")
controller=$(< "$secrets/kafka_controller_password")

cat "$given" - > "$settings" <<END
advertised.listeners=CLIENT://${CLIENT_ADDRESS:-kafka:9092},TLS://${TLS_ADDRESS:-localhost:9094}
listener.name.client.scram-sha-256.sasl.jaas.config=$login.scram.ScramLoginModule required;
listener.name.client.scram-sha-512.sasl.jaas.config=$login.scram.ScramLoginModule required username="hub" password="$hub";
listener.name.tls.scram-sha-256.sasl.jaas.config=$login.scram.ScramLoginModule required;
listener.name.tls.scram-sha-512.sasl.jaas.config=$login.scram.ScramLoginModule required;
listener.name.controller.plain.sasl.jaas.config=$login.plain.PlainLoginModule required username="hub" password="$controller" user_hub="$controller";
listener.name.tls.ssl.keystore.location=$secrets/kafka_tls
END

# The secret goes through a file of arguments, one a line: it is in no command line.
# What the tool prints is left out, for the superuser's keys are in it.
printf '%s\n' format --standalone --cluster-id "$(tr -dc 'A-Za-z0-9' < /dev/urandom | head -c 22 || true)" \
  --config "$settings" --add-scram "SCRAM-SHA-512=[name=hub,password=$hub]" > "$work/arguments"
data=$(sed -n 's/^log\.dirs=//p' "$settings")
[ -f "$data/meta.properties" ] || "$bin/kafka-storage.sh" "@$work/arguments" > /dev/null
rm "$work/arguments"
exec "$bin/kafka-server-start.sh" "$settings"

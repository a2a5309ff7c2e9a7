#!/bin/bash
# Start the hub: make what is not there yet (safe to repeat), then run.
set -euo pipefail
umask 077

secrets=$(mktemp -d)
cp /run/secrets/kafka_password "$secrets/kafka_password"  # the hub wants a file that nobody else reads
export HUB_KAFKA_PASSWORD_FILE=$secrets/kafka_password
HUB_DATABASE_URL="postgresql://hub:$(< /run/secrets/database_password)@postgres/hub"
export HUB_DATABASE_URL

python -m hub init
python -m hub kafka apply
exec python -m hub up

#!/bin/bash
# Runs once, when the database is new: the hub's own role, which is no superuser, and its database.
set -euo pipefail
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" <<END
CREATE ROLE hub LOGIN PASSWORD '$(< /run/secrets/database_password)';
CREATE DATABASE hub OWNER hub;
END

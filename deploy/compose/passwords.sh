#!/bin/sh
# Gives each role its password, when the database is made. The others' roles have none, and a role
# without one cannot sign in.
set -eu
for role in auth chat llm; do
    name="POSTGRES_PASSWORD_$(echo "$role" | tr '[:lower:]' '[:upper:]')"
    eval "password=\$$name"
    psql --set ON_ERROR_STOP=1 --set role="$role" --set password="$password" parley <<'SQL'
ALTER ROLE :"role" PASSWORD :'password';
SQL
done

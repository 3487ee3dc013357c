#!/bin/sh
# Once, when the database's volume is empty: the schema's owner and its database; `ecc migrate` makes everything else.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$ECC_OWNER_PASSWORD" -U postgres -d postgres <<'SQL'
CREATE ROLE ecc_owner LOGIN CREATEROLE PASSWORD :'password';
CREATE DATABASE ecc OWNER ecc_owner;
\c ecc
CREATE EXTENSION IF NOT EXISTS timescaledb;
CREATE EXTENSION IF NOT EXISTS btree_gist;
SQL

-- A role and a schema for each service: it owns its tables, and nobody else can read them.
-- Run once, as a superuser, in the database `parley`; whoever has a managed PostgreSQL runs it there
-- and gives each role its password. A role carries the settings that the services also ask for when
-- they connect (services/kit/postgres.py), because a pooler does not hand those on.
REVOKE ALL ON SCHEMA public FROM PUBLIC;

CREATE ROLE auth LOGIN;
ALTER ROLE auth SET search_path = auth;
ALTER ROLE auth SET plan_cache_mode = force_generic_plan;
ALTER ROLE auth SET statement_timeout = '5s';
ALTER ROLE auth SET lock_timeout = '2s';
ALTER ROLE auth SET idle_in_transaction_session_timeout = '10s';
CREATE SCHEMA auth AUTHORIZATION auth;

CREATE ROLE chat LOGIN;
ALTER ROLE chat SET search_path = chat;
ALTER ROLE chat SET plan_cache_mode = force_generic_plan;
ALTER ROLE chat SET statement_timeout = '5s';
ALTER ROLE chat SET lock_timeout = '2s';
ALTER ROLE chat SET idle_in_transaction_session_timeout = '10s';
CREATE SCHEMA chat AUTHORIZATION chat;

CREATE ROLE llm LOGIN;
ALTER ROLE llm SET search_path = llm;
ALTER ROLE llm SET plan_cache_mode = force_generic_plan;
ALTER ROLE llm SET statement_timeout = '5s';
ALTER ROLE llm SET lock_timeout = '2s';
ALTER ROLE llm SET idle_in_transaction_session_timeout = '10s';
CREATE SCHEMA llm AUTHORIZATION llm;

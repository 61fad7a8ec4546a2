"""Conversations and messages in Postgres: every SQL statement of chat is here."""

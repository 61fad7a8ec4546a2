"""Users and groups, as identity providers provision them (SCIM 2.0)."""

"""The keys that access tokens are signed with."""

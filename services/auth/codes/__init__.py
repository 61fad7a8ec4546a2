"""Codes that go by mail, and show that mail to an address reaches who asks."""
